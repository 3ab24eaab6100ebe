import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  type OnModuleInit,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { InfisicalModule, Secret } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { map, type Observable } from 'rxjs';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';
import {
  NativeFields,
  NativeFieldsChild,
  NativeFieldsPerRequest,
} from './fixtures/native-fields.mjs';

const VALUE = 'canary-5f2d';

@Injectable()
class KeyHolder {
  @Secret('API_KEY') readonly apiKey!: string;
  @Secret('LIMIT', { parse: Number }) readonly limit!: number;
  @Secret('ABSENT', { default: 'fallback' }) readonly byDefault!: string;
  @Secret('ABSENT', { optional: true }) readonly optional?: string;
}

@Injectable()
class ChildHolder extends KeyHolder {
  @Secret('OTHER') readonly other!: string;
}

@Injectable()
class RedeclaringHolder extends KeyHolder {
  @Secret('OTHER') declare readonly apiKey: string;
}

Injectable()(NativeFields);
Secret('API_KEY')(NativeFields.prototype, 'apiKey');
Secret('LIMIT', { parse: Number })(NativeFields.prototype, 'limit');
Injectable()(NativeFieldsChild);
Injectable({ scope: Scope.REQUEST })(NativeFieldsPerRequest);
Secret('API_KEY')(NativeFieldsPerRequest.prototype, 'apiKey');

@Injectable()
class Consumer implements OnModuleInit {
  seenInOnModuleInit?: string;

  constructor(private readonly holder: KeyHolder) {}

  onModuleInit(): void {
    this.seenInOnModuleInit = this.holder.apiKey;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestHolder {
  @Secret('API_KEY') readonly apiKey!: string;
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientHolder {
  @Secret('API_KEY') readonly apiKey!: string;
}

@Injectable()
class KeyGuard implements CanActivate {
  @Secret('API_KEY') private readonly apiKey!: string;

  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getRequest<{ guard?: string }>().guard = this.apiKey;
    return true;
  }
}

@Injectable()
class KeyInterceptor implements NestInterceptor {
  @Secret('API_KEY') private readonly apiKey!: string;

  intercept(
    context: ExecutionContext,
    next: CallHandler<object>,
  ): Observable<object> {
    const { guard } = context.switchToHttp().getRequest<{ guard?: string }>();
    return next
      .handle()
      .pipe(map((body) => ({ ...body, guard, interceptor: this.apiKey })));
  }
}

@Controller()
@UseGuards(KeyGuard)
@UseInterceptors(KeyInterceptor)
class KeyController {
  @Secret('API_KEY') private readonly apiKey!: string;

  constructor(
    private readonly perRequest: RequestHolder,
    private readonly transient: TransientHolder,
  ) {}

  @Get('keys')
  keys(): object {
    return {
      controller: this.apiKey,
      request: this.perRequest.apiKey,
      transient: this.transient.apiKey,
    };
  }
}

/** Knows nothing of Infisical; imported before it. */
@Module({
  providers: [
    KeyHolder,
    ChildHolder,
    RedeclaringHolder,
    NativeFields,
    NativeFieldsChild,
    NativeFieldsPerRequest,
    Consumer,
    RequestHolder,
    TransientHolder,
    {
      provide: 'FROM_FACTORY',
      useFactory: (holder: KeyHolder) => holder.apiKey,
      inject: [KeyHolder],
    },
  ],
  controllers: [KeyController],
})
class AppPart {}

describe('@Secret', () => {
  let emulator: InfisicalEmulator;
  let app: INestApplication;

  beforeAll(async () => {
    silenceNest();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { API_KEY: VALUE, LIMIT: '25', OTHER: 'another' },
      }),
    });
    const module = await Test.createTestingModule({
      imports: [AppPart, InfisicalModule.forRoot(demoOptions(emulator))],
    }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await emulator.stop();
  });

  it('is there in a factory that injects the class', () => {
    expect(app.get('FROM_FACTORY')).toBe(VALUE);
  });

  it('is there in onModuleInit of a consumer', () => {
    expect(app.get(Consumer).seenInOnModuleInit).toBe(VALUE);
  });

  it('is there in controller, guard, interceptor, request-scoped and transient classes', async () => {
    const answer = await fetch(`${await app.getUrl()}/keys`);
    expect(await answer.json()).toEqual({
      controller: VALUE,
      guard: VALUE,
      interceptor: VALUE,
      request: VALUE,
      transient: VALUE,
    });
  });

  it('is there in a subclass, next to its own', () => {
    const child = app.get(ChildHolder);
    expect([child.apiKey, child.other]).toEqual([VALUE, 'another']);
  });

  it('can be redeclared by a subclass', () => {
    expect(app.get(RedeclaringHolder).apiKey).toBe('another');
    expect(app.get(KeyHolder).apiKey).toBe(VALUE);
  });

  it('is there under native class fields, also in a subclass that redeclares one', () => {
    expect(app.get(NativeFields)).toMatchObject({ apiKey: VALUE, limit: 25 });
    expect(app.get(NativeFieldsChild).apiKey).toBe(VALUE);
  });

  it('parses, and honours default and optional', () => {
    const holder = app.get(KeyHolder);
    expect(holder.limit).toBe(25);
    expect(holder.byDefault).toBe('fallback');
    expect(holder.optional).toBeUndefined();
  });

  it('is there in an instance that ModuleRef creates', async () => {
    const created = await app.get(ModuleRef).create(KeyHolder);
    expect(created.apiKey).toBe(VALUE);
  });

  it('does not show when the instance is printed or serialised', async () => {
    const instances = [
      app.get(KeyHolder),
      app.get(ChildHolder),
      app.get(NativeFields),
      app.get(NativeFieldsChild),
      await app.resolve(NativeFieldsPerRequest),
      app.get(KeyGuard),
      await app.resolve(RequestHolder),
      await app.resolve(TransientHolder),
    ];
    for (const instance of instances) {
      expect(instance).toHaveProperty('apiKey', VALUE);
      expect(inspect(instance, { depth: 5 })).not.toContain(VALUE);
      expect(JSON.stringify(instance)).not.toContain(VALUE);
      expect(JSON.stringify({ ...instance })).not.toContain(VALUE);
    }
  });
});

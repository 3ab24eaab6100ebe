import {
  Controller,
  Get,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  Scope,
} from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  InfisicalModule,
  type InfisicalModuleOptions,
  InjectSecret,
  OnSecretChange,
  Secret,
  SecretsService,
} from 'nestjs-infisical';

/** What the classes of the app see, at the time of a request. */
export interface Report {
  readonly singleton: Seen;
  readonly feature: Seen;
  readonly request: Seen & {
    /** Which instance answered, from 1. */
    readonly instance: number;
  };
}

export interface Seen {
  /** From the start of the class. */
  readonly key: string;
  /** Updated. */
  readonly live: string;
  /** Straight from the snapshot. */
  readonly now: string;
}

@Injectable()
export class Singleton implements OnModuleInit, OnApplicationShutdown {
  @Secret('KEY') readonly key!: string;
  @Secret('KEY', { live: true }) readonly live!: string;
  keyAtInit?: string;
  readonly changed: string[] = [];
  /** The secret when the app ends: other classes may still need theirs. */
  keyAtShutdown?: string;

  constructor(readonly secrets: SecretsService) {}

  onModuleInit(): void {
    this.keyAtInit = this.key;
  }

  @OnSecretChange('KEY')
  onKey(): void {
    this.changed.push(this.live);
  }

  onApplicationShutdown(): void {
    this.keyAtShutdown = this.secrets.get('KEY');
  }
}

@Injectable()
export class Feature {
  @Secret('KEY') readonly key!: string;
  @Secret('KEY', { live: true }) readonly live!: string;

  constructor(readonly secrets: SecretsService) {}
}

let instances = 0;

@Injectable({ scope: Scope.REQUEST })
export class PerRequest {
  @Secret('KEY', { live: true }) readonly live!: string;
  readonly instance = ++instances;

  constructor(
    readonly secrets: SecretsService,
    @InjectSecret('KEY') readonly key: string,
  ) {}
}

@Controller()
export class ProbeController {
  constructor(
    private readonly singleton: Singleton,
    private readonly feature: Feature,
    private readonly request: PerRequest,
  ) {}

  @Get('probe')
  @MessagePattern('probe')
  report(): Report {
    const { instance } = this.request;
    return {
      singleton: seenBy(this.singleton),
      feature: seenBy(this.feature),
      request: { ...seenBy(this.request), instance },
    };
  }
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [Feature],
  exports: [Feature],
})
class PaymentsModule {}

/** The app that runs on every host. */
export function appModule(options: InfisicalModuleOptions) {
  @Module({
    imports: [InfisicalModule.forRoot(options), PaymentsModule],
    controllers: [ProbeController],
    providers: [Singleton, PerRequest],
  })
  class AppModule {}
  return AppModule;
}

function seenBy(
  one: Omit<Seen, 'now'> & { readonly secrets: SecretsService },
): Seen {
  const { key, live, secrets } = one;
  return { key, live, now: secrets.getOrThrow('KEY') };
}

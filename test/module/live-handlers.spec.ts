import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  Scope,
} from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  OnSecretChange,
  Secret,
  type SecretChange,
  type SecretRef,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  seedWith,
  silenceNest,
} from '../support/demo.js';

/** A promise with its handles. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

type Call = [method: string, names: string[]];

@Injectable()
class Watcher {
  readonly calls: Call[] = [];
  readonly changes: SecretChange[] = [];
  /** Awaited by `onKey`. */
  gate: Promise<unknown> = Promise.resolve();
  underWay = 0;
  most = 0;
  error: Error | undefined;

  @OnSecretChange('KEY')
  async onKey(changes: SecretChange[]): Promise<void> {
    this.calls.push(['onKey', changes.map(({ name }) => name)]);
    this.changes.push(...changes);
    this.most = Math.max(this.most, ++this.underWay);
    await this.gate;
    this.underWay--;
    if (this.error) throw this.error;
  }

  @OnSecretChange(['SMTP_*', 'LIMIT'])
  onMail(changes: SecretChange[]): void {
    this.calls.push(['onMail', changes.map(({ name }) => name)]);
  }
}

@Controller()
class WatchingController {
  readonly calls: string[][] = [];

  @OnSecretChange('*')
  onAny(changes: SecretChange[]): void {
    this.calls.push(changes.map(({ name }) => name));
  }
}

@Injectable()
class PaymentsWatcher extends Watcher {
  @Inject(SecretsService) readonly secrets!: SecretsService;
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsWatcher],
})
class PaymentsModule {}

describe('@OnSecretChange', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule | undefined;
  let logged: string[] = [];

  beforeAll(silenceNest);
  afterEach(async () => {
    await module?.close();
    module = undefined;
    logged = [];
    await emulator.stop();
  });

  async function boot(
    metadata: ModuleMetadata,
    clock?: VirtualClock,
  ): Promise<TestingModule> {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { KEY: 'key-1', LIMIT: '25', SMTP_URL: 'smtp-1', XSMTP_: 'x' },
        '/payments': { KEY: 'pay-1' },
      }),
    });
    const note = (line: unknown): unknown => logged.push(String(line));
    module = await Test.createTestingModule({
      ...metadata,
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, clock && { clock })),
        ...(metadata.imports ?? []),
      ],
    })
      .setLogger({ log: note, warn: note, error: note })
      .compile();
    return module.init();
  }

  const get = <T>(type: new (...args: never[]) => T): T =>
    (module as TestingModule).get<T>(type, { strict: false });

  async function rotate(
    values: Record<string, string>,
    path = '/',
  ): Promise<void> {
    for (const [name, secretValue] of Object.entries(values)) {
      await get(InfisicalClient).secrets.update(name, { secretValue, path });
    }
  }

  const refresh = (): Promise<SecretChange[]> => get(SecretsService).refresh();

  /** All handlers that can run have run. */
  const settled = (): Promise<void> =>
    new Promise((resolve) => setImmediate(resolve));

  it('calls methods with what matches, all changes of a refresh at once', async () => {
    await boot({ providers: [Watcher], controllers: [WatchingController] });
    expect(get(Watcher).calls).toEqual([]);
    await rotate({ KEY: 'key-2', LIMIT: '26', SMTP_URL: 's', XSMTP_: 'y' });
    await refresh();
    await refresh();
    await settled();
    expect(get(Watcher).calls).toEqual([
      ['onKey', ['KEY']],
      ['onMail', ['LIMIT', 'SMTP_URL']],
    ]);
    expect(get(Watcher).changes).toEqual([
      expect.objectContaining({ kind: 'updated', previousVersion: 1 }),
    ]);
    expect(get(WatchingController).calls).toEqual([
      ['KEY', 'LIMIT', 'SMTP_URL', 'XSMTP_'],
    ]);
  });

  it('tells references, live properties, changes$ and methods once each, in one generation', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Everything implements OnModuleInit {
      @Secret('KEY', { live: true }) readonly key!: string;
      @Secret('LIMIT', { live: true, parse: Number }) readonly limit!: number;
      ref!: SecretRef;

      constructor(readonly secrets: SecretsService) {}

      onModuleInit(): void {
        this.ref = this.secrets.ref('KEY');
        this.secrets.changes$.subscribe(({ name }) => this.note(name));
        this.ref.changes$.subscribe(() => this.note('ref'));
      }

      @OnSecretChange(['KEY', 'LIMIT'])
      onChange(): void {
        this.note('method');
      }

      private note(by: string): void {
        const { ref, secrets } = this;
        const all = [this.key, ref.value, ref.version, secrets.get('KEY')];
        seen.push([by, ...all, this.limit, secrets.get('LIMIT')]);
      }
    }
    await boot({ providers: [Everything] });
    await rotate({ KEY: 'key-2', LIMIT: '26' });
    await refresh();
    await settled();
    const values = ['key-2', 'key-2', 2, 'key-2', 26, '26'];
    expect(seen).toHaveLength(4);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['KEY', ...values],
        ['ref', ...values],
        ['LIMIT', ...values],
      ]),
    );
    expect(seen.at(-1)).toEqual(['method', ...values]);
  });

  it('never calls a method while it runs; what changes meanwhile is one more call', async () => {
    await boot({ providers: [Watcher] });
    const watcher = get(Watcher);
    const gate = new Gate();
    watcher.gate = gate.opened;
    for (const value of ['key-2', 'key-3', 'key-4']) {
      await rotate({ KEY: value });
      await refresh();
      await settled();
    }
    expect(watcher.calls).toHaveLength(1);
    gate.open();
    await settled();
    expect([watcher.calls.length, watcher.most]).toEqual([2, 1]);
    expect(watcher.changes).toEqual([
      expect.objectContaining({ previousVersion: 1, version: 2 }),
      expect.objectContaining({ previousVersion: 2, version: 4 }),
    ]);
  });

  it('puts together what happened to a name meanwhile', async () => {
    await boot({ controllers: [WatchingController], providers: [Watcher] });
    const watcher = get(Watcher);
    const gate = new Gate();
    watcher.gate = gate.opened;
    await rotate({ KEY: 'key-2' });
    await refresh();
    await settled();
    await get(InfisicalClient).secrets.delete('KEY');
    await refresh();
    await get(InfisicalClient).secrets.create('KEY', { secretValue: 'again' });
    await refresh();
    gate.open();
    await settled();
    expect(watcher.changes.map(({ kind }) => kind)).toEqual([
      'updated',
      'updated',
    ]);
  });

  it('tells of the scope of its module only', async () => {
    await boot({ imports: [PaymentsModule], providers: [Watcher] });
    await rotate({ KEY: 'key-2' });
    await refresh();
    await get(PaymentsWatcher).secrets.refresh();
    await settled();
    expect(get(Watcher).calls).toHaveLength(1);
    expect(get(PaymentsWatcher).calls).toEqual([]);
    await rotate({ KEY: 'pay-2' }, '/payments');
    await get(PaymentsWatcher).secrets.refresh();
    await settled();
    expect(get(Watcher).calls).toHaveLength(1);
    expect(get(PaymentsWatcher).calls).toEqual([['onKey', ['KEY']]]);
  });

  it('survives a method that fails, and tells without the message', async () => {
    await boot({ providers: [Watcher] });
    const watcher = get(Watcher);
    const events: unknown[] = [];
    get(SecretsService).events$.subscribe((event) => events.push(event));
    watcher.error = new TypeError('canary');
    await rotate({ KEY: 'key-2' });
    await refresh();
    await settled();
    expect(events).toEqual([
      {
        kind: 'handler-failed',
        handler: 'Watcher.onKey',
        error: watcher.error,
      },
    ]);
    expect(logged.at(-1)).toContain(
      'Watcher.onKey failed to handle changed secrets (TypeError)',
    );
    expect(logged.join()).not.toContain('canary');
    await rotate({ KEY: 'key-3' });
    await refresh();
    await settled();
    expect(watcher.calls).toHaveLength(2);
  });

  it('is called after the start with what changed during it', async () => {
    @Injectable()
    class Rotating implements OnModuleInit {
      callsInStart = -1;

      constructor(
        private readonly client: InfisicalClient,
        private readonly secrets: SecretsService,
        private readonly watcher: Watcher,
      ) {}

      async onModuleInit(): Promise<void> {
        await this.client.secrets.update('KEY', { secretValue: 'key-2' });
        await this.secrets.refresh();
        await settled();
        this.callsInStart = this.watcher.calls.length;
      }
    }
    await boot({ providers: [Watcher, Rotating] });
    await settled();
    expect(get(Rotating).callsInStart).toBe(0);
    expect(get(Watcher).calls).toEqual([['onKey', ['KEY']]]);
  });

  it('is waited for at shutdown, and not called again', async () => {
    const app = await boot({ providers: [Watcher] });
    const watcher = get(Watcher);
    const gate = new Gate();
    watcher.gate = gate.opened;
    await rotate({ KEY: 'key-2' });
    await refresh();
    await settled();
    await rotate({ KEY: 'key-3' });
    await refresh();
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    await settled();
    expect(isClosed).toBe(false);
    gate.open();
    await closing;
    expect([watcher.underWay, watcher.calls.length]).toEqual([0, 1]);
  });

  it('is not waited for longer than its part of the time at shutdown', async () => {
    const clock = new VirtualClock();
    const app = await boot({ providers: [Watcher] }, clock);
    get(Watcher).gate = new Gate().opened;
    await rotate({ KEY: 'key-2' });
    await refresh();
    await settled();
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    await settled();
    await clock.advance(2_499);
    await settled();
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(logged.at(-1)).toContain('did not end in time');
  });

  it('leaves out classes that are not singletons, and says so', async () => {
    const calls: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @OnSecretChange('*')
      onAny(): void {
        calls.push(this);
      }
    }
    await boot({ providers: [PerRequest] });
    expect(logged.join()).toContain('is not called on PerRequest');
    await rotate({ KEY: 'key-2' });
    await refresh();
    await settled();
    expect(calls).toEqual([]);
  });

  it('refuses a root that is not there, and a decorator without a name', async () => {
    @Injectable()
    class Lost {
      @OnSecretChange('KEY', { root: 'billing' })
      onKey(): void {
        throw new Error('never called');
      }
    }
    const error = await failureOf(boot({ providers: [Lost] }));
    // It closed itself; to close it again fails in Nest 11.
    module = undefined;
    expect(error.message).toContain(
      '@OnSecretChange of Lost.onKey has no scope: there is no root of the name "billing"',
    );
    expect(() => OnSecretChange([])).toThrow('needs the names of secrets');
    expect(() => OnSecretChange('A', { scope: 'x' } as object)).toThrow(
      'has no option "scope"',
    );
  });
});

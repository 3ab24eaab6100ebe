import {
  type ClientLogger,
  type Clock,
  type CredentialContext,
  InfisicalClient,
  type InfisicalClientOptions,
} from 'nestjs-infisical';
import type {
  EmulatorSeed,
  EmulatorSeedIdentity,
} from 'nestjs-infisical/testing';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../lib/common/clock.js';
import { authSetup, type AuthSetup } from './auth-setup.js';
import { PROJECT_ID } from './demo.js';

/** What would decide in place of the test. */
const DECIDES = /^(INFISICAL|AWS|OCI_CLI|ALIBABA_CLOUD)_/;

/** Keeps what the client says. */
export class KeptLogger implements ClientLogger {
  readonly lines: string[] = [];
  readonly warnings: string[] = [];
  log(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** An emulator, an empty environment, an empty home, and clients that find their login. */
export class CredentialBench {
  readonly logger = new KeptLogger();
  readonly #before = { ...process.env };
  readonly #clients: InfisicalClient[] = [];

  private constructor(
    readonly setup: AuthSetup,
    /** A directory of this test alone. */
    readonly home: string,
  ) {}

  static async start(
    identity: Partial<EmulatorSeedIdentity> = {},
    seed: Partial<EmulatorSeed> = {},
  ): Promise<CredentialBench> {
    const bench = new CredentialBench(
      await authSetup(identity, seed),
      await mkdtemp(join(tmpdir(), 'credentials-')),
    );
    bench.environment({});
    return bench;
  }

  get url(): string {
    return this.setup.emulator.url;
  }

  /** The calendar of the emulator. Waits are real, and {@link setup}'s clock can be moved. */
  get clock(): Clock {
    const { clock } = this.setup;
    return {
      ...systemClock,
      now: () => clock.now(),
      monotonic: () => systemClock.monotonic() + clock.monotonic(),
    };
  }

  /** What a provider is told when it is asked without a client. */
  get context(): CredentialContext {
    return {
      siteUrl: undefined,
      signal: new AbortController().signal,
      clock: this.clock,
      logger: this.logger,
    };
  }

  /** Makes these the only variables that matter here. */
  environment(variables: Record<string, string>): void {
    for (const name of Object.keys(process.env)) {
      if (DECIDES.test(name)) delete process.env[name];
    }
    Object.assign(process.env, variables);
  }

  /** A client of the emulator; `siteUrl: undefined` leaves the address to the providers. */
  client(options: InfisicalClientOptions = {}): InfisicalClient {
    const client = new InfisicalClient({
      siteUrl: this.url,
      logger: this.logger,
      clock: this.clock,
      random: () => 0,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Reads secrets, which needs a login. */
  async read(client: InfisicalClient): Promise<unknown[]> {
    return client.secrets.list({ projectId: PROJECT_ID, environment: 'dev' });
  }

  /** Writes a file below the home. */
  async file(name: string, text: string, mode = 0o600): Promise<string> {
    const file = join(this.home, name);
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
    await writeFile(file, text, { mode: 0o600 });
    // The umask has no say in this one.
    await chmod(file, mode);
    return file;
  }

  /** Logins that the emulator answered. */
  get logins(): string[] {
    return this.setup.emulator.requests
      .filter(({ path }) => path.endsWith('/login'))
      .map(({ path }) => path);
  }

  async stop(): Promise<void> {
    this.environment({});
    Object.assign(process.env, this.#before);
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.setup.emulator.stop();
    await rm(this.home, { recursive: true });
  }
}

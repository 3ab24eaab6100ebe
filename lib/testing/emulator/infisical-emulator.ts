import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { systemClock } from '../../common/clock.js';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import { assertKnownOptions } from '../../common/known-options.js';
import type { EmulatorIdentities } from './auth/identity-types.js';
import type { EmulatorProviders } from './auth/providers/provider-types.js';
import type { EmulatorDynamicSecrets } from './dynamic/provider-faults.js';
import { EmulatorCore } from './emulator-core.js';
import type {
  EmulatorLease,
  EmulatorRequest,
  EmulatorRequestFilter,
  InfisicalEmulatorOptions,
} from './options.js';
import type { EmulatorSeed } from './seed.js';
import type {
  EmulatorActiveTrouble,
  EmulatorSecretPlace,
  EmulatorTrouble,
} from './trouble/trouble-types.js';

/** What names a secret, besides its name. */
const PLACE_OPTION_NAMES = ['projectSlug', 'environment', 'secretPath'];

/**
 * An Infisical-compatible HTTP server for development and tests. It keeps
 * everything in memory, signs real tokens, encrypts with real keys and runs
 * real statements on a real PostgreSQL.
 *
 * Needs the optional peers `fastify`, `@fastify/etag`, `@fastify/formbody`,
 * `jsonwebtoken`, `zod` and, for dynamic secrets, `pg`, `mysql2` or `ioredis`.
 *
 * @example
 * ```ts
 * const emulator = await InfisicalEmulator.start();
 * const client = new InfisicalClient({ siteUrl: emulator.url });
 * // …
 * await emulator.stop();
 * ```
 *
 * @publicApi
 */
export class InfisicalEmulator {
  readonly #options: InfisicalEmulatorOptions;
  #core: EmulatorCore | undefined;
  #url: string | undefined;
  #port: number;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(options: InfisicalEmulatorOptions = {}) {
    this.#options = { ...options };
    this.#port = options.port ?? 0;
    checkOptions(this.#options);
  }

  /** Makes an emulator and starts it. */
  static start(options?: InfisicalEmulatorOptions): Promise<InfisicalEmulator> {
    return new InfisicalEmulator(options).start();
  }

  /**
   * Starts listening. Started again after `stop()`, it has the same port and
   * the same contents.
   */
  start(): Promise<this> {
    return this.#inTurn(async () => {
      if (this.#url) return this;
      const { host = '127.0.0.1' } = this.#options;
      this.#core ??= await EmulatorCore.create(this.#options);
      const address = await this.#core.listen(this.#port, host);
      this.#port = address.port;
      this.#url = toUrl(host, address);
      return this;
    });
  }

  /**
   * Revokes the leases that are outstanding (for at most 5 seconds) and closes
   * everything. Harmless when it is not running.
   */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#url = undefined;
      await this.#core?.close();
    });
  }

  /** The base URL, such as `http://127.0.0.1:8089`. */
  get url(): string {
    if (this.#url) return this.#url;
    throw new InfisicalConfigError(
      'The Infisical emulator is not running. Call start() first.',
    );
  }

  /**
   * A token of a seeded user, good for 10 days. Nobody can log in as a user:
   * some routes take no other token.
   */
  userToken(email: string): string {
    return this.#started().userToken(email);
  }

  /** Changes machine identities as an administrator would. */
  get identities(): EmulatorIdentities {
    return this.#started().identities;
  }

  /**
   * The provider side of the auth methods: it makes tokens, keys and
   * certificates for their logins.
   */
  get providers(): EmulatorProviders {
    return this.#started().providers;
  }

  /** The last 10 000 requests, oldest first. */
  get requests(): readonly EmulatorRequest[] {
    return this.#core?.log.all() ?? [];
  }

  /** How many requests were answered. */
  count(filter: EmulatorRequestFilter = {}): number {
    return this.#core?.log.count(filter) ?? 0;
  }

  /** The most requests that were under way at once. */
  peakConcurrency(filter: EmulatorRequestFilter = {}): number {
    return this.#core?.log.peakConcurrency(filter) ?? 0;
  }

  /** Trouble on demand. */
  get trouble(): EmulatorTrouble {
    return this.#started().trouble;
  }

  /**
   * Gives a secret another value, and tells webhooks and event streams.
   *
   * @param value default: a random one
   * @param place default: folder `/` of environment `dev` in the first project
   * @returns the new value, **in clear**
   * @throws InfisicalConfigError when there is no such secret
   */
  rotate(
    name: string,
    value?: string,
    place: Partial<Omit<EmulatorSecretPlace, 'secretName'>> = {},
  ): string {
    const what = 'emulator.rotate';
    assertKnownOptions(place, PLACE_OPTION_NAMES, what);
    const { environment = 'dev', ...more } = place;
    return this.trouble.rotateSecret(
      { ...more, environment, secretName: name },
      value,
    );
  }

  /** Expires the tokens of an identity, or all: 403 `TokenError`. Clients log in again. */
  expireTokens(identityId?: string): void {
    this.trouble.expireTokens(identityId);
  }

  /** An outage from now on, or as `trouble.outage` has it. Ended by its `end()`. */
  outage(
    window?: Parameters<EmulatorTrouble['outage']>[0],
  ): EmulatorActiveTrouble {
    return this.trouble.outage(window);
  }

  /**
   * The state as a seed that another emulator can start from. It holds the
   * values of all secrets and the credentials of all identities. Tokens,
   * leases, old versions and what has no place in a seed are not in it.
   */
  exportState(): EmulatorSeed {
    return this.#started().exportState();
  }

  /** Empties `requests`. */
  clearRequests(): void {
    this.#core?.log.clear();
  }

  /** Failures of the providers of dynamic secrets. */
  get dynamicSecrets(): EmulatorDynamicSecrets {
    return this.#started().dynamicSecrets;
  }

  /** The leases of dynamic secrets that are stored. */
  get leases(): readonly EmulatorLease[] {
    return this.#core?.leases() ?? [];
  }

  /**
   * Resolves when nothing is under way in the background, such as the
   * revocation of a lease that expired.
   */
  async idle(): Promise<void> {
    await this.#core?.idle();
  }

  /** Tells nothing but the URL. */
  toJSON(): { url: string | null } {
    return { url: this.#url ?? null };
  }

  [inspect.custom](): string {
    return `InfisicalEmulator { url: ${this.#url ?? 'not running'} }`;
  }

  #started(): EmulatorCore {
    if (this.#core) return this.#core;
    throw new InfisicalConfigError(
      'The Infisical emulator was not started yet. Call start() first.',
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#pending.then(work);
    this.#pending = result.catch(() => undefined);
    return result;
  }
}

function checkOptions(options: InfisicalEmulatorOptions): void {
  const { port = 0, clock = systemClock } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InfisicalConfigError('port must be a number from 0 to 65535.');
  }
  if (typeof clock.now !== 'function') {
    throw new InfisicalConfigError('clock must be a Clock.');
  }
  oneOf('generation', options.generation, ['gen1', 'middle', 'gen2']);
  oneOf('secretsApi', options.secretsApi, ['v4', 'early-v4', 'v3']);
  oneOf('missingReferences', options.missingReferences, ['literal', 'empty']);
  oneOf('kms', options.kms, ['k1', 'k2', 'k3']);
  const { cloud } = options;
  if (typeof cloud === 'object')
    oneOf('cloud.plan', cloud.plan, ['free', 'pro']);
}

function oneOf(
  name: string,
  value: string | undefined,
  known: readonly string[],
): void {
  if (value === undefined || known.includes(value)) return;
  throw new InfisicalConfigError(`${name} must be ${known.join(', ')}.`);
}

function toUrl(host: string, { port, family }: AddressInfo): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${family === 'IPv6' && host.includes(':') ? `[${host}]` : host}:${port}`;
}

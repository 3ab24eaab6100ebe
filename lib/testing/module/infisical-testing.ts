import type { InjectionToken } from '@nestjs/common';
import { rootName, rootToken } from '../../common/root-name.js';
import type { InfisicalModuleOptions } from '../../core/module-options.js';
import { idleClock } from './idle-clock.js';
import { MemoryKms } from './memory-kms.js';
import { MemoryLeases } from './memory-leases.js';
import { MemorySecrets } from './memory-secrets.js';
import { MemoryTransport } from './memory-transport.js';
import {
  checkDynamicSecret,
  checkValue,
  type InfisicalTestingOptions,
  type TestingDynamicSecret,
  type TestingPlace,
} from './testing-options.js';

const PROJECT_ID = '22222222-2222-4222-8222-222222222222';

/** Stands in messages and log lines; nothing is ever sent there. */
const SITE_URL = 'https://infisical-testing.invalid';

/**
 * What a test may change while the app runs: `module.get(InfisicalTesting)`.
 * Consumers see a change after `SecretsService#refresh`, as in production.
 *
 * @example
 * ```ts
 * import { module } from './payments.setup.js';
 *
 * const testing = module.get(InfisicalTesting);
 * testing.setSecret('STRIPE_KEY', 'second', '/payments');
 * await secrets.refresh();
 * testing.removeSecret('STRIPE_KEY', '/payments');
 * ```
 *
 * @publicApi
 */
export class InfisicalTesting {
  readonly #options: InfisicalTestingOptions;
  readonly #secrets: MemorySecrets;
  readonly #leases: MemoryLeases;
  readonly #kms: MemoryKms;

  /** @internal */
  constructor(options: InfisicalTestingOptions) {
    this.#options = options;
    const { clock = idleClock, projectId = PROJECT_ID } = options;
    const { environment = 'test', path = '/' } = options;
    this.#secrets = new MemorySecrets({ projectId, environment, path }, clock);
    this.#leases = new MemoryLeases(clock);
    this.#kms = new MemoryKms(projectId, clock);
    for (const [name, value] of Object.entries(options.secrets ?? {})) {
      if (typeof value === 'string') this.#secrets.set(name, value);
      else this.fill(value, { path: name });
    }
    for (const { secrets, ...place } of options.scopes ?? []) {
      this.fill(secrets, place);
    }
    for (const [name, secret] of Object.entries(options.leases ?? {})) {
      this.#leases.set(name, secret);
    }
    for (const [name, key] of Object.entries(options.kms ?? {})) {
      if (typeof key === 'string') this.#kms.add(name, key);
      else this.#kms.add(name, key.algorithm, key.id);
    }
  }

  /**
   * Adds a secret, or gives it another value and its next version.
   *
   * @param place a folder path, or more than that. Default: the root's folder
   * @throws InfisicalConfigError when the value is no text
   */
  setSecret(name: string, value: string, place?: string | TestingPlace): void {
    checkValue(name, value, 'setSecret');
    this.#secrets.set(name, value, toPlace(place));
  }

  /**
   * Removes a secret.
   *
   * @returns whether there was one
   */
  removeSecret(name: string, place?: string | TestingPlace): boolean {
    return this.#secrets.delete(name, toPlace(place));
  }

  /**
   * Adds a dynamic secret, or changes what its next leases are.
   *
   * @throws InfisicalConfigError when it has no data
   */
  setLease(name: string, secret: TestingDynamicSecret): void {
    checkDynamicSecret(secret, `setLease("${name}")`);
    this.#leases.set(name, secret);
  }

  /** Leases that the app has created and not revoked. */
  get leases(): readonly { leaseId: string; name: string }[] {
    return this.#leases.active;
  }

  /** Names, each with its place, and values of all secrets. */
  entries(): [name: string, value: string][] {
    return this.#secrets.entries();
  }

  /** @internal */
  moduleOptions(): InfisicalModuleOptions {
    const { clock = idleClock, projectId = PROJECT_ID } = this.#options;
    const {
      environment = 'test',
      path = '/',
      recursive,
      schema,
    } = this.#options;
    return {
      siteUrl: SITE_URL,
      auth: { accessToken: 'infisical-testing' },
      transport: new MemoryTransport([
        ...this.#secrets.routes,
        ...this.#leases.routes,
        ...this.#kms.routes,
      ]),
      clock,
      projectId,
      environment,
      path,
      recursive,
      schema,
      startup: { minTimeToFailure: false },
      apiVersion: 'v4',
      refresh: { interval: false },
      // Nothing of the environment of the test run.
      headers: {},
      retry: { attempts: 1, baseDelay: 0, maxDelay: 0 },
    };
  }

  /** Tells no values. */
  toJSON(): { leases: number } {
    return { leases: this.leases.length };
  }

  private fill(secrets: Record<string, string>, place: TestingPlace): void {
    for (const [name, value] of Object.entries(secrets)) {
      this.#secrets.set(name, value, place);
    }
  }
}

/**
 * Injection token of the `InfisicalTesting` of a named root; of the default
 * root it is the class itself.
 *
 * @example
 * ```ts
 * import { module } from './payments.setup.js';
 *
 * const billing: InfisicalTesting = module.get(
 *   getInfisicalTestingToken('billing'),
 * );
 * billing.setSecret('API_KEY', 'second');
 * ```
 *
 * @publicApi
 */
export function getInfisicalTestingToken(root?: string): InjectionToken {
  const name = rootName(root, 'The name of a root');
  return name === undefined
    ? InfisicalTesting
    : rootToken('INFISICAL_TESTING', name);
}

function toPlace(place: string | TestingPlace = {}): TestingPlace {
  return typeof place === 'string' ? { path: place } : place;
}

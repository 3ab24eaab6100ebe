import type { Duration } from '../common/duration.js';
import { type ApiPath, apiPath } from '../http/api-path.js';
import type { ClientContext } from './client-context.js';
import { checkInputs } from './dynamic-secret-inputs.js';
import type {
  DynamicSecretInputs,
  DynamicSecretProvider,
  DynamicSecretType,
} from './dynamic-secret-providers/provider-types.js';
import {
  type DynamicSecret,
  toDynamicSecret,
} from './dynamic-secret-record.js';
import { checkTtls, toTtl } from './lease-ttl.js';
import { LeasesApi, type LeaseScopeOptions } from './leases.api.js';
import { slug } from './name-checks.js';
import {
  begin,
  type Check,
  check,
  DURATION,
  FLAG,
  OBJECT,
  orNull,
  PAIRS,
  SCOPE_OPTIONS,
  type Shape,
  TEXT,
} from './option-checks.js';

/**
 * Options of `dynamicSecrets.create` that do not depend on the provider.
 *
 * @example
 * ```ts
 * const common: NewDynamicSecret = {
 *   name: 'deploy-ssh',
 *   environment: 'prod',
 *   defaultTTL: '15m',
 *   maxTTL: '1h',
 * };
 * await client.dynamicSecrets.create({
 *   ...common,
 *   provider: { type: 'ssh', inputs: { principals: ['deploy'] } },
 * });
 * ```
 *
 * @publicApi
 */
export interface NewDynamicSecret extends LeaseScopeOptions {
  /** 1 to 64 lower-case letters, digits and hyphens. */
  name: string;
  /** TTL of leases that ask for none. One minute to ten years, at most `maxTTL`. */
  defaultTTL: Duration;
  /** Longest life of a lease with all renewals. One minute to ten years. Default: unlimited. */
  maxTTL?: Duration;
  metadata?: readonly { key: string; value: string }[];
  /**
   * At most 255 characters, with `{{randomUsername}}`, `{{unixTimestamp}}`,
   * `{{identity.name}}`, and `random`, `replace` and `truncate`; newer servers
   * also know `{{dynamicSecret.name}}` and `{{dynamicSecret.type}}`.
   */
  usernameTemplate?: string;
}

/**
 * Options of `dynamicSecrets.create`: for a type of provider, or for all that are known here.
 *
 * @example
 * ```ts
 * const options: CreateDynamicSecretOptions<'gcp-iam'> = {
 *   name: 'reports',
 *   provider: {
 *     type: 'gcp-iam',
 *     inputs: { serviceAccountEmail: 'reports@shop.iam.gserviceaccount.com' },
 *   },
 *   defaultTTL: '1h',
 * };
 * await client.dynamicSecrets.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateDynamicSecretOptions<
  T extends string = DynamicSecretType,
> extends NewDynamicSecret {
  provider: DynamicSecretProvider<T>;
}

/**
 * Options of `dynamicSecrets.update`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * const options: UpdateDynamicSecretOptions<'ssh'> = {
 *   inputs: { principals: ['deploy', 'backup'] },
 *   maxTTL: null,
 * };
 * await client.dynamicSecrets.update('deploy-ssh', options);
 * ```
 *
 * @publicApi
 */
export interface UpdateDynamicSecretOptions<
  T extends string = string,
> extends LeaseScopeOptions {
  /** 1 to 64 lower-case letters, digits and hyphens, and another than now. */
  newName?: string;
  /** Laid over the stored inputs, field by field; an object among them is replaced as a whole. */
  inputs?: Partial<DynamicSecretInputs<T>>;
  defaultTTL?: Duration;
  /** null removes the limit. */
  maxTTL?: Duration | null;
  /** Replaces all. */
  metadata?: readonly { key: string; value: string }[];
  /** null removes it. */
  usernameTemplate?: string | null;
}

/**
 * Options of `dynamicSecrets.delete`.
 *
 * @example
 * ```ts
 * const options: DeleteDynamicSecretOptions = {
 *   environment: 'dev',
 *   isForced: true, // its database is gone
 * };
 * await client.dynamicSecrets.delete('orders-db', options);
 * ```
 *
 * @publicApi
 */
export interface DeleteDynamicSecretOptions extends LeaseScopeOptions {
  /** Forget it and its leases at once; nothing is revoked at the provider. Default false. */
  isForced?: boolean;
}

/** The server's rule for new names (contract: dynamic secrets §2.2). */
const NAME = slug(1, 64);

/** Its length and its characters; what stands between the braces the server judges (contract: dynamic secrets §2.3). */
const USERNAME_TEMPLATE: Check = {
  expected:
    'at most 255 letters, digits, spaces and characters of _-{}[].\'|()"',
  accepts: (value) =>
    typeof value === 'string' &&
    /^[A-Za-z0-9_\-{}[\].'| ()"]{0,255}$/.test(value),
};

const CREATE: Shape<NewDynamicSecret & { provider: object }> = {
  ...SCOPE_OPTIONS,
  name: NAME,
  provider: OBJECT,
  defaultTTL: DURATION,
  maxTTL: DURATION,
  metadata: PAIRS,
  usernameTemplate: USERNAME_TEMPLATE,
};

const UPDATE: Shape<UpdateDynamicSecretOptions> = {
  ...SCOPE_OPTIONS,
  newName: NAME,
  inputs: OBJECT,
  defaultTTL: DURATION,
  maxTTL: orNull(DURATION),
  metadata: PAIRS,
  usernameTemplate: orNull(USERNAME_TEMPLATE),
};

const DELETE: Shape<DeleteDynamicSecretOptions> = {
  ...SCOPE_OPTIONS,
  isForced: FLAG,
};

/**
 * Dynamic secrets: credentials that are made on demand (contract: KMS and
 * leases §2).
 *
 * @example
 * ```ts
 * await client.dynamicSecrets.create({
 *   name: 'deploy-ssh',
 *   provider: { type: 'ssh', inputs: { principals: ['deploy'] } },
 *   defaultTTL: '15m',
 * });
 * const all = await client.dynamicSecrets.list({ environment: 'prod' });
 * ```
 *
 * @publicApi
 */
export class DynamicSecretsApi {
  readonly leases: LeasesApi;
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
    this.leases = new LeasesApi(context);
  }

  /**
   * Creates a dynamic secret. The server connects to the target first.
   *
   * @throws InfisicalConfigError when an input of the provider is missing or wrong, or a TTL is not allowed
   * @throws InfisicalValidationError when the name is taken or the target cannot be reached (status 400), or the inputs are wrong (422)
   */
  async create<T extends string>(
    // Not a `DynamicSecretProvider<T>`: T could not be told from that.
    options: NewDynamicSecret & {
      provider: { type: T; inputs: DynamicSecretInputs<T> };
    },
  ): Promise<DynamicSecret> {
    const operation = 'dynamicSecrets.create';
    const limits = begin<NewDynamicSecret & { provider: object }>(
      operation,
      options,
      CREATE,
    );
    const { name, defaultTTL, maxTTL, metadata, usernameTemplate } = options;
    check(operation, 'name', name, NAME);
    check(operation, 'provider', options.provider, OBJECT);
    const { type, inputs } = options.provider;
    check(operation, 'provider.type', type, TEXT);
    check(operation, 'provider.inputs', inputs, OBJECT);
    checkInputs(operation, type, inputs);
    check(operation, 'defaultTTL', defaultTTL, DURATION);
    checkTtls(operation, defaultTTL, maxTTL);
    return toDynamicSecret(
      await this.#context.fetch(
        {
          ...limits,
          method: 'POST',
          path: apiPath`/api/v1/dynamic-secrets`,
          body: {
            ...(await this.#context.slugScope(options)),
            name,
            provider: { type, inputs },
            defaultTTL: toTtl(operation, 'defaultTTL', defaultTTL),
            maxTTL: toTtl(operation, 'maxTTL', maxTTL),
            metadata,
            usernameTemplate,
          },
        },
        'dynamicSecret',
      ),
    );
  }

  /** The folder's dynamic secrets that the identity may read, without inputs. */
  async list(options: LeaseScopeOptions = {}): Promise<DynamicSecret[]> {
    const limits = begin('dynamicSecrets.list', options, SCOPE_OPTIONS);
    const secrets = await this.#context.fetchAll(
      {
        ...limits,
        method: 'GET',
        path: apiPath`/api/v1/dynamic-secrets`,
        query: await this.#context.slugScope(options),
      },
      'dynamicSecrets',
    );
    return secrets.map(toDynamicSecret);
  }

  /**
   * Changes a dynamic secret. The server connects to the target first, even
   * for a new name.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the name is taken or the target cannot be reached (status 400), or the inputs are wrong (422)
   */
  async update<T extends string = string>(
    name: string,
    options: UpdateDynamicSecretOptions<T>,
  ): Promise<DynamicSecret> {
    const operation = 'dynamicSecrets.update';
    const limits = begin<UpdateDynamicSecretOptions>(
      operation,
      options,
      UPDATE,
    );
    const { inputs, newName, defaultTTL, maxTTL, metadata, usernameTemplate } =
      options;
    const path = pathOf(operation, name);
    checkTtls(operation, defaultTTL, maxTTL);
    return toDynamicSecret(
      await this.#context.fetch(
        {
          ...limits,
          method: 'PATCH',
          path,
          body: {
            ...(await this.#context.slugScope(options)),
            data: {
              inputs,
              newName,
              defaultTTL: toTtl(operation, 'defaultTTL', defaultTTL),
              maxTTL:
                maxTTL === null ? null : toTtl(operation, 'maxTTL', maxTTL),
              metadata,
              usernameTemplate,
            },
          },
        },
        'dynamicSecret',
      ),
    );
  }

  /**
   * A dynamic secret by its name, with its inputs. The identity must be allowed
   * to read and to edit root credentials.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalPermissionError
   */
  async get(
    name: string,
    options: LeaseScopeOptions = {},
  ): Promise<DynamicSecret> {
    const operation = 'dynamicSecrets.get';
    const limits = begin(operation, options, SCOPE_OPTIONS);
    return toDynamicSecret(
      await this.#context.fetch(
        {
          ...limits,
          method: 'GET',
          path: pathOf(operation, name),
          query: await this.#context.slugScope(options),
        },
        'dynamicSecret',
      ),
    );
  }

  /**
   * Deletes a dynamic secret. While leases exist the server revokes them
   * first, in the background: `status` says so.
   *
   * @throws InfisicalNotFoundError
   */
  async delete(
    name: string,
    options: DeleteDynamicSecretOptions = {},
  ): Promise<DynamicSecret> {
    const operation = 'dynamicSecrets.delete';
    const limits = begin(operation, options, DELETE);
    const { isForced = false } = options;
    return toDynamicSecret(
      await this.#context.fetch(
        {
          ...limits,
          method: 'DELETE',
          path: pathOf(operation, name),
          body: { ...(await this.#context.slugScope(options)), isForced },
        },
        'dynamicSecret',
      ),
    );
  }
}

/** @throws InfisicalConfigError */
function pathOf(operation: string, name: string): ApiPath {
  check(operation, 'the name', name, TEXT);
  return apiPath`/api/v1/dynamic-secrets/${name}`;
}

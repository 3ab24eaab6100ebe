import type { Duration } from '../common/duration.js';
import { apiPath } from '../http/api-path.js';
import { readOptionalText, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import { LeasesApi, type LeaseScopeOptions, toTtl } from './leases.api.js';

/** A dynamic secret, without the provider's inputs, which hold its admin credentials (contract: KMS and leases §2.3). */
export interface DynamicSecret {
  readonly id: string;
  readonly name: string;
  /** Provider, such as `sql-database`. */
  readonly type: string;
  /** A TTL text, such as `1h`. */
  readonly defaultTTL: string;
  /** A TTL text; absent when unlimited. */
  readonly maxTTL?: string;
  readonly status?: string;
  readonly metadata: readonly {
    readonly key: string;
    readonly value: string;
  }[];
}

/** Inputs of a SQL database. */
export interface SqlDatabaseInputs {
  client: 'postgres' | 'mysql2' | 'oracledb' | 'mssql' | 'sap-ase' | 'vertica';
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  /** Template with `{{username}}`, `{{password}}`, `{{expiration}}`, `{{database}}`. */
  creationStatement: string;
  /** Template with `{{username}}`, `{{database}}`. */
  revocationStatement: string;
  /** Template with `{{username}}`, `{{expiration}}`, `{{database}}`. Without it a renewal moves the lease only. */
  renewStatement?: string;
  ca?: string;
}

/** What makes the credentials. */
export type DynamicSecretProvider =
  | { type: 'sql-database'; inputs: SqlDatabaseInputs }
  | { type: string; inputs: Record<string, unknown> };

/** Options of `dynamicSecrets.create`. */
export interface CreateDynamicSecretOptions extends LeaseScopeOptions {
  /** 1 to 64 lower-case letters, digits and hyphens. */
  name: string;
  provider: DynamicSecretProvider;
  /** TTL of leases that ask for none. One minute to ten years. */
  defaultTTL: Duration;
  /** Longest life of a lease with all renewals. */
  maxTTL?: Duration;
  metadata?: readonly { key: string; value: string }[];
  usernameTemplate?: string;
}

/** Options of `dynamicSecrets.update`. What is absent stays as it is. */
export interface UpdateDynamicSecretOptions extends LeaseScopeOptions {
  newName?: string;
  /** Merged over the stored inputs. */
  inputs?: Record<string, unknown>;
  defaultTTL?: Duration;
  /** null removes the limit. */
  maxTTL?: Duration | null;
  /** Replaces all. */
  metadata?: readonly { key: string; value: string }[];
  /** null removes it. */
  usernameTemplate?: string | null;
}

/** Options of `dynamicSecrets.delete`. */
export interface DeleteDynamicSecretOptions extends LeaseScopeOptions {
  /** Forget it and its leases at once; nothing is revoked at the provider. Default false. */
  isForced?: boolean;
}

/**
 * Dynamic secrets: credentials that are made on demand (contract: KMS and
 * leases §2).
 *
 * @publicApi
 */
export class DynamicSecretsApi {
  readonly leases: LeasesApi;
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
    this.leases = new LeasesApi(context);
  }

  /**
   * Creates a dynamic secret. The server connects to the target first.
   *
   * @throws InfisicalValidationError when the name is taken or the target cannot be reached (status 400), or the inputs are wrong (422)
   */
  async create(options: CreateDynamicSecretOptions): Promise<DynamicSecret> {
    return toDynamicSecret(
      await this.#context.fetch(
        {
          method: 'POST',
          path: apiPath`/api/v1/dynamic-secrets`,
          body: {
            ...(await this.#context.slugScope(options)),
            name: options.name,
            provider: options.provider,
            defaultTTL: toTtl(options.defaultTTL),
            maxTTL: toTtl(options.maxTTL),
            metadata: options.metadata,
            usernameTemplate: options.usernameTemplate,
          },
          signal: options.signal,
        },
        'dynamicSecret',
      ),
    );
  }

  /** The folder's dynamic secrets that the identity may read. */
  async list(options: LeaseScopeOptions = {}): Promise<DynamicSecret[]> {
    const secrets = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v1/dynamic-secrets`,
        query: await this.#context.slugScope(options),
        signal: options.signal,
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
   * @throws InfisicalValidationError when the name is taken or the target cannot be reached (status 400)
   */
  async update(
    name: string,
    options: UpdateDynamicSecretOptions,
  ): Promise<DynamicSecret> {
    return toDynamicSecret(
      await this.#context.fetch(
        {
          method: 'PATCH',
          path: apiPath`/api/v1/dynamic-secrets/${name}`,
          body: {
            ...(await this.#context.slugScope(options)),
            data: {
              inputs: options.inputs,
              newName: options.newName,
              defaultTTL: toTtl(options.defaultTTL),
              maxTTL: options.maxTTL === null ? null : toTtl(options.maxTTL),
              metadata: options.metadata,
              usernameTemplate: options.usernameTemplate,
            },
          },
          signal: options.signal,
        },
        'dynamicSecret',
      ),
    );
  }

  /**
   * A dynamic secret by its name.
   *
   * @throws InfisicalNotFoundError
   */
  async get(
    name: string,
    options: LeaseScopeOptions = {},
  ): Promise<DynamicSecret> {
    return toDynamicSecret(
      await this.#context.fetch(
        {
          method: 'GET',
          path: apiPath`/api/v1/dynamic-secrets/${name}`,
          query: await this.#context.slugScope(options),
          signal: options.signal,
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
    return toDynamicSecret(
      await this.#context.fetch(
        {
          method: 'DELETE',
          path: apiPath`/api/v1/dynamic-secrets/${name}`,
          body: {
            ...(await this.#context.slugScope(options)),
            isForced: options.isForced ?? false,
          },
          signal: options.signal,
        },
        'dynamicSecret',
      ),
    );
  }
}

function toDynamicSecret(raw: Record<string, unknown>): DynamicSecret {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    type: readText(raw, 'type'),
    defaultTTL: readText(raw, 'defaultTTL'),
    maxTTL: readOptionalText(raw, 'maxTTL'),
    status: readOptionalText(raw, 'status'),
    metadata: Array.isArray(raw.metadata)
      ? raw.metadata.map((item: Record<string, unknown>) => ({
          key: readText(item, 'key'),
          value: readText(item, 'value'),
        }))
      : [],
  };
}

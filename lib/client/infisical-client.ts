import { inspect } from 'node:util';
import { resolveAuth } from '../auth/auth-options.js';
import { TokenManager } from '../auth/token-manager.js';
import { processLogger } from '../common/client-logger.js';
import { systemClock } from '../common/clock.js';
import { sleepAware } from '../common/sleep-aware-clock.js';
import {
  createSymmetricKey,
  decryptSymmetric,
  encryptSymmetric,
} from '../crypto/symmetric.js';
import { assertRequestPath } from '../http/api-path.js';
import type { ApiCall, QueryValue } from '../http/api-call.js';
import { HttpClient } from '../http/http-client.js';
import { UndiciTransport } from '../http/undici.transport.js';
import { AuthApi } from './auth.api.js';
import { ClientContext } from './client-context.js';
import {
  type CallOptions,
  type InfisicalClientOptions,
  resolveClientOptions,
} from './client-options.js';
import { withoutDeprecated } from './deprecated-options.js';
import type { DoctorOptions, DoctorReport } from './doctor/doctor-report.js';
import { runDoctor } from './doctor/run-doctor.js';
import { DynamicSecretsApi } from './dynamic-secrets.api.js';
import { EnvironmentsApi } from './environments.api.js';
import { FoldersApi } from './folders.api.js';
import { KmsApi } from './kms.api.js';
import { begin, CALL_OPTIONS, OBJECT, type Shape } from './option-checks.js';
import { ProjectsApi } from './projects.api.js';
import { SecretImportsApi } from './secret-imports.api.js';
import { SecretsApi } from './secrets.api.js';
import { TagsApi } from './tags.api.js';

/**
 * Query, body and signal of `client.request`.
 *
 * @example
 * ```ts
 * const options: RequestOptions = {
 *   query: { limit: 20 },
 *   timeout: '5s',
 * };
 * const audit = await client.request(
 *   'GET',
 *   '/api/v1/organization/audit-logs',
 *   options,
 * );
 * ```
 *
 * @publicApi
 */
export interface RequestOptions extends CallOptions {
  query?: Record<string, QueryValue>;
  /** Sent as JSON. */
  body?: unknown;
}

const REQUEST_OPTIONS: Shape<RequestOptions> = {
  ...CALL_OPTIONS,
  query: OBJECT,
  body: { expected: 'something JSON can hold', accepts: () => true },
};

const internals = new WeakMap<InfisicalClient, ClientContext>();

/**
 * A client of one Infisical server and one machine identity. It logs in at the
 * first call, renews the token, and logs in again when that is no longer
 * possible. One per identity and process is enough; it may be used by any
 * number of callers at once.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: { universalAuth: { clientId, clientSecret } },
 *   projectId,
 *   environment: 'prod',
 * });
 * const { secretValue } = await client.secrets.get('DATABASE_URL');
 * await client.close();
 * ```
 *
 * @publicApi
 */
export class InfisicalClient {
  /** Logins and the access token. */
  readonly auth: AuthApi;
  /** Secrets of a folder. */
  readonly secrets: SecretsApi;
  /** Folders of an environment. */
  readonly folders: FoldersApi;
  /** Imports of a folder. */
  readonly secretImports: SecretImportsApi;
  /** Environments of a project. */
  readonly environments: EnvironmentsApi;
  /** Projects of the organization. */
  readonly projects: ProjectsApi;
  /** Tags of a project. */
  readonly tags: TagsApi;
  /** Credentials made on demand, and their leases. */
  readonly dynamicSecrets: DynamicSecretsApi;
  /** Encryption by keys that stay on the server. */
  readonly kms: KmsApi;
  /** Encryption on this machine, as the first Infisical SDKs had it. No login needed. */
  readonly crypto = {
    createSymmetricKey,
    encryptSymmetric,
    decryptSymmetric,
  };

  /** @throws InfisicalConfigError when an option is wrong or unknown */
  constructor(given: InfisicalClientOptions = {}) {
    const options = withoutDeprecated(given, given.logger ?? processLogger);
    const resolved = resolveClientOptions(options);
    const clock = sleepAware(options.clock ?? systemClock);
    const random = options.random ?? Math.random;
    const method = resolveAuth(options.auth, options.siteUrl);
    const http = new HttpClient({
      ...resolved,
      transport:
        options.transport ??
        new UndiciTransport(resolved.site, resolved.network),
      clock,
      random,
    });
    const tokens = new TokenManager(http, method, clock, random);
    const context = new ClientContext(http, tokens, resolved);
    internals.set(this, context);
    this.auth = new AuthApi(context);
    this.secrets = new SecretsApi(context);
    this.folders = new FoldersApi(context);
    this.secretImports = new SecretImportsApi(context);
    this.environments = new EnvironmentsApi(context);
    this.projects = new ProjectsApi(context);
    this.tags = new TagsApi(context);
    this.dynamicSecrets = new DynamicSecretsApi(context);
    this.kms = new KmsApi(context);
  }

  /** The server's address. A credential provider may choose it at the first login. */
  get siteUrl(): string {
    return contextOf(this).http.site.href.replace(/\/$/, '');
  }

  /**
   * Any call of the API, with the same login, retries and errors.
   *
   * @param method the HTTP method
   * @param path starts with `/api/`, without a query
   * @returns the body
   * @throws InfisicalConfigError when the path leaves the API
   */
  async request<T = unknown>(
    method: ApiCall['method'],
    path: string,
    options: RequestOptions = {},
  ): Promise<T> {
    const context = contextOf(this);
    const limits = begin('request', options, REQUEST_OPTIONS);
    assertRequestPath(path, context.http.site);
    const { query, body } = options;
    const { data } = await context.call({
      ...limits,
      method,
      path: { text: path },
      query,
      body,
    });
    return data as T;
  }

  /**
   * Looks for what keeps this client from its secrets: address, TLS, clock,
   * login, token, API generations, and each scope. A failed check is part of
   * the report, not an error. The report holds names and numbers, no values.
   *
   * @throws InfisicalConfigError when an option is wrong
   */
  doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    return runDoctor(contextOf(this), this, options);
  }

  /** Forgets the answers that `cache` keeps. */
  clearCache(): void {
    contextOf(this).options.cache.clear();
  }

  /** Ends what is in flight and closes the connections. Harmless when repeated; `await using` calls it. */
  async close(): Promise<void> {
    const { tokens, http } = contextOf(this);
    this.clearCache();
    tokens.close();
    await http.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [inspect.custom](): string {
    return `InfisicalClient { siteUrl: '${this.siteUrl}' }`;
  }

  toJSON(): { siteUrl: string } {
    return { siteUrl: this.siteUrl };
  }
}

/** What is behind a client, for the rooms above; not part of the public face. */
export function contextOf(client: InfisicalClient): ClientContext {
  const context = internals.get(client);
  if (!context) {
    throw new TypeError('Not an InfisicalClient of this package.');
  }
  return context;
}

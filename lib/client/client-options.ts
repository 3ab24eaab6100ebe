import type { AuthOptions } from '../auth/auth-method.js';
import type { CredentialChainOptions } from '../auth/credential-provider.js';
import { environmentSiteUrl } from '../auth/environment.js';
import { type ClientLogger, processLogger } from '../common/client-logger.js';
import { type Clock, systemClock } from '../common/clock.js';
import { sleepAware } from '../common/sleep-aware-clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import type { Random } from '../common/random.js';
import { normalizeFolderPath } from '../http/api-path.js';
import {
  type RetryOptions,
  resolveRetry,
  type RetryPolicy,
} from '../http/retry-policy.js';
import { DEFAULT_SITE_URL, normalizeSiteUrl } from '../http/site-url.js';
import type { Network } from '../http/undici.transport.js';
import { environmentRetry, environmentScope } from './environment-defaults.js';
import {
  NETWORK_OPTION_NAMES,
  type NetworkOptions,
  resolveHeaders,
  resolveNetwork,
} from './network-options.js';
import { type CacheOptions, ReadCache } from './read-cache.js';

/** Deadline of one try in milliseconds. */
const DEFAULT_TIMEOUT = 10_000;

/**
 * Options of the first Infisical SDKs. They work, and each warns once.
 *
 * @example
 * ```ts
 * // As in the first SDKs …
 * const old: DeprecatedClientOptions = {
 *   clientId,
 *   clientSecret,
 *   cacheTtl: 60,
 * };
 * // … and what to write instead:
 * const options: InfisicalClientOptions = {
 *   auth: { universalAuth: { clientId, clientSecret } },
 *   cache: { ttl: '60s', sliding: true },
 * };
 * ```
 *
 * @publicApi
 */
export interface DeprecatedClientOptions {
  /** @deprecated Use `auth: { universalAuth: { clientId, clientSecret } }`. */
  clientId?: string;
  /** @deprecated Use `auth: { universalAuth: { clientId, clientSecret } }`. */
  clientSecret?: string;
  /** @deprecated Use `auth: { accessToken }`. */
  accessToken?: string;
  /** **Seconds**; 0 is off. @deprecated Use `cache: { ttl, sliding: true }`. */
  cacheTtl?: number;
}

/**
 * Options of an {@link InfisicalClient}.
 *
 * @example
 * ```ts
 * const options: InfisicalClientOptions = {
 *   siteUrl: 'https://infisical.example.com',
 *   auth: { universalAuth: { clientId, clientSecret } },
 *   projectId,
 *   environment: 'prod',
 *   timeout: '5s',
 * };
 * const client = new InfisicalClient(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalClientOptions
  extends NetworkOptions, DeprecatedClientOptions {
  /**
   * Address of the server. White space, trailing slashes and `/api` are
   * removed. Default: `INFISICAL_SITE_URL` (or `_URL`, `_HOST`, `_DOMAIN`,
   * `_API_URL`), then `https://app.infisical.com`.
   */
  siteUrl?: string;
  /**
   * How to log in: one login, or places to look for one, asked in this order.
   * Default: `defaultCredentialProviders()`.
   */
  auth?: AuthOptions | CredentialChainOptions;
  /** Default project of every call, by id. Saves the look-up that a slug needs. Default: `INFISICAL_PROJECT_ID`, unless there is a slug. */
  projectId?: string;
  /** Default project of every call, by slug. The id wins when both are given. */
  projectSlug?: string;
  /** Default environment of every call, by slug. Default: `INFISICAL_ENVIRONMENT`, `INFISICAL_ENV`. */
  environment?: string;
  /** Default folder path of every call. Default: `INFISICAL_SECRET_PATH`, `INFISICAL_PATH`, then `/`. */
  path?: string;
  /** Deadline of one try: connecting, sending, waiting and reading. Default 10 s. */
  timeout?: Duration;
  /** How failed calls are tried again. Defaults: `INFISICAL_RETRY_BASE_DELAY`, `_MAX_DELAY` and `_MAX_RETRIES`. */
  retry?: RetryOptions;
  /**
   * API generation of secrets. `auto` asks v4, and v3 from the moment the
   * server has no v4 route. Default `auto`.
   */
  apiVersion?: 'auto' | 'v4' | 'v3';
  /** Whether `secrets.get` and `secrets.list` use an answer again. Default: they do not. */
  cache?: CacheOptions;
  /** Takes what the client has to say. Default: `NODE_DEBUG=infisical`, and warnings of the process. */
  logger?: ClientLogger;
  /** Where time comes from. For tests. */
  clock?: Clock;
  /** Where jitter comes from: numbers in [0, 1). For tests. */
  random?: Random;
}

/**
 * Project, environment and folder of a call; what is absent comes from the client's options.
 *
 * @example
 * ```ts
 * const payments: ScopeOptions = { environment: 'prod', path: '/payments' };
 * const { secretValue } = await client.secrets.get('STRIPE_KEY', payments);
 * ```
 *
 * @publicApi
 */
export interface ScopeOptions {
  /** Project id. */
  projectId?: string;
  /** Project slug; looked up once. */
  projectSlug?: string;
  /** Environment slug. */
  environment?: string;
  /** Folder path, such as `/payments`. */
  path?: string;
}

/**
 * Options of every call.
 *
 * @example
 * ```ts
 * const call: CallOptions = {
 *   signal: AbortSignal.timeout(10_000),
 *   timeout: '2s',
 * };
 * const records = await client.secrets.list({ path: '/payments', ...call });
 * ```
 *
 * @publicApi
 */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Deadline of each request of the call with all its tries, in place of the client's `timeout` and `retry.deadline`. */
  timeout?: Duration;
}

/** The options, checked. */
export interface ResolvedClientOptions {
  readonly site: URL;
  readonly timeout: number;
  readonly retry: RetryPolicy;
  readonly headers: Record<string, string>;
  readonly network: Network;
  readonly defaults: Readonly<ScopeOptions> & { readonly path: string };
  /** Whether the path was chosen, by an option or the environment. */
  readonly hasOwnPath: boolean;
  readonly apiVersion: 'auto' | 'v4' | 'v3';
  readonly cache: ReadCache;
  readonly logger: ClientLogger;
}

/** Every option of the client, to tell a misspelt one. */
export const CLIENT_OPTION_NAMES: readonly (keyof InfisicalClientOptions)[] = [
  'siteUrl',
  'auth',
  'projectId',
  'projectSlug',
  'environment',
  'path',
  'timeout',
  'retry',
  'apiVersion',
  'cache',
  'logger',
  'clock',
  'random',
  ...NETWORK_OPTION_NAMES,
  'clientId',
  'clientSecret',
  'accessToken',
  'cacheTtl',
];

const RETRY_OPTION_NAMES: readonly (keyof RetryOptions)[] = [
  'attempts',
  'baseDelay',
  'maxDelay',
  'deadline',
];

const CACHE_OPTION_NAMES: readonly (keyof CacheOptions)[] = ['ttl', 'sliding'];

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveClientOptions(
  options: InfisicalClientOptions,
): ResolvedClientOptions {
  assertKnownOptions(options, CLIENT_OPTION_NAMES, 'InfisicalClient');
  assertKnownOptions(options.retry, RETRY_OPTION_NAMES, 'retry');
  assertKnownOptions(options.cache, CACHE_OPTION_NAMES, 'cache');
  const { apiVersion = 'auto' } = options;
  if (!['auto', 'v4', 'v3'].includes(apiVersion)) {
    throw new InfisicalConfigError("apiVersion must be 'auto', 'v4' or 'v3'.");
  }
  const logger = options.logger ?? processLogger;
  const site = normalizeSiteUrl(
    options.siteUrl ?? environmentSiteUrl(logger) ?? DEFAULT_SITE_URL,
  );
  return {
    site,
    timeout: toMilliseconds(options.timeout ?? DEFAULT_TIMEOUT, 'timeout'),
    retry: resolveRetry(withEnvironment(options.retry)),
    headers: resolveHeaders(options),
    network: resolveNetwork(options, site, logger),
    ...resolveDefaults(options),
    apiVersion,
    cache: new ReadCache(
      options.cache,
      sleepAware(options.clock ?? systemClock),
    ),
    logger,
  };
}

/** What the options leave open comes from the environment, then from the defaults. */
function withEnvironment(retry: RetryOptions = {}): RetryOptions {
  const found = environmentRetry();
  return {
    attempts: retry.attempts ?? found.attempts,
    baseDelay: retry.baseDelay ?? found.baseDelay,
    maxDelay: retry.maxDelay ?? found.maxDelay,
    deadline: retry.deadline,
  };
}

function resolveDefaults(
  options: InfisicalClientOptions,
): Pick<ResolvedClientOptions, 'defaults' | 'hasOwnPath'> {
  const found = environmentScope();
  const projectId = optionalText(options.projectId, 'projectId');
  const projectSlug = optionalText(options.projectSlug, 'projectSlug');
  const path = options.path ?? found.path;
  return {
    defaults: {
      projectId: projectId ?? (projectSlug ? undefined : found.projectId),
      projectSlug,
      environment:
        optionalText(options.environment, 'environment') ?? found.environment,
      path: normalizeFolderPath(path ?? '/'),
    },
    hasOwnPath: path !== undefined,
  };
}

function optionalText(value: unknown, option: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !value.trim()) {
    throw new InfisicalConfigError(`${option} must be a non-empty string.`);
  }
  return value.trim();
}

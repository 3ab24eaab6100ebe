import type { Dispatcher } from 'undici';
import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { proxyChoice, type ProxyOptions } from '../http/proxy.js';
import { checkHeaders, checkUserAgent } from '../http/request-headers.js';
import { assertTransportSafe } from '../http/site-url.js';
import { TlsContext } from '../http/tls-context.js';
import { type TlsOptions, tlsSources } from '../http/tls-options.js';
import type { Transport } from '../http/transport.js';
import type { Network } from '../http/undici.transport.js';
import {
  environmentHeaders,
  environmentProxies,
  environmentSkipsVerification,
  environmentTrust,
} from './environment-defaults.js';

/**
 * How an `InfisicalClient` reaches the server.
 *
 * @example
 * ```ts
 * const network: NetworkOptions = {
 *   tls: { caFile: '/etc/ssl/company-ca.pem' },
 *   proxy: 'http://proxy.internal:3128',
 *   headers: { 'x-gateway-team': 'shop' },
 * };
 * const client = new InfisicalClient({ projectId, ...network });
 * ```
 *
 * @publicApi
 */
export interface NetworkOptions {
  /** Trust and identity of the TLS connection. TLS 1.2 is the least. */
  tls?: TlsOptions;
  /**
   * The proxy on the way to the server: its URL, or more about it; false for
   * none. Default: `HTTPS_PROXY` (for http sites `HTTP_PROXY`), then
   * `ALL_PROXY`, but not for what `NO_PROXY` names, nor for this machine.
   */
  proxy?: string | false | ProxyOptions;
  /**
   * A dispatcher of undici that makes the requests, in place of the client's
   * own pool. It brings its own TLS and proxy, and stays open when the client
   * closes. Deadline and size limit hold, and redirects are not followed.
   */
  dispatcher?: Dispatcher;
  /**
   * Whether `siteUrl` may be `http://` to another machine, such as another
   * container. Credentials and secrets then cross that network in clear text;
   * the client warns once. Default false.
   */
  allowInsecureHttp?: boolean;
  /**
   * Headers of every request, for a gateway in front of the server. Those that
   * the client sets itself are not allowed, such as `authorization`. Default:
   * `INFISICAL_CUSTOM_HEADERS`.
   */
  headers?: Record<string, string>;
  /** The `User-Agent`. Default `nestjs-infisical`. */
  userAgent?: string;
  /** How requests are sent. For tests. */
  transport?: Transport;
}

/** The names of these options. */
export const NETWORK_OPTION_NAMES: readonly (keyof NetworkOptions)[] = [
  'tls',
  'proxy',
  'dispatcher',
  'allowInsecureHttp',
  'headers',
  'userAgent',
  'transport',
];

/** Those that bring their own network, and so exclude others. */
const EXCLUSIVE = [
  ['dispatcher', ['tls', 'proxy']],
  ['transport', ['tls', 'proxy', 'dispatcher']],
] as const;

/**
 * The network options, checked, with the environment's where they are absent.
 *
 * @throws InfisicalConfigError
 */
export function resolveNetwork(
  options: NetworkOptions,
  site: URL,
  logger: ClientLogger,
): Network {
  const { dispatcher, allowInsecureHttp = false } = options;
  for (const [own, others] of EXCLUSIVE) {
    const other = others.find((name) => options[name] !== undefined);
    if (options[own] !== undefined && other !== undefined) {
      throw new InfisicalConfigError(
        `${own} and ${other} exclude each other: a ${own} that is handed in brings its own connections. Configure it instead.`,
      );
    }
  }
  if (typeof allowInsecureHttp !== 'boolean') {
    throw new InfisicalConfigError('allowInsecureHttp must be true or false.');
  }
  if (dispatcher !== undefined && !isDispatcher(dispatcher)) {
    throw new InfisicalConfigError(
      'dispatcher must be a Dispatcher of undici, such as an Agent.',
    );
  }
  const safety = { allowInsecureHttp, logger };
  assertTransportSafe(site, safety);
  const skipped = environmentSkipsVerification();
  if (skipped) {
    logger.warn(
      `${skipped.name}=${skipped.value} is ignored: certificates are always checked. Pass the certificate authority of your server in tls.caFile.`,
    );
  }
  if (dispatcher || options.transport) return { dispatcher, ...safety };
  const trust = environmentTrust();
  // Wrong ones are told also where the site has no use for them yet.
  if (options.tls) new TlsContext(tlsSources(options.tls, []));
  return {
    tls: tlsSources(options.tls, trust.server),
    proxy: proxyChoice(options.proxy, environmentProxies(), trust.system),
    ...safety,
  };
}

/** @throws InfisicalConfigError naming the wrong header, never its value */
export function resolveHeaders({
  headers,
  userAgent = 'nestjs-infisical',
}: NetworkOptions): Record<string, string> {
  return {
    'user-agent': checkUserAgent(userAgent),
    ...(headers === undefined
      ? environmentHeaders()
      : checkHeaders(headers, 'headers')),
  };
}

function isDispatcher(value: unknown): boolean {
  const { request } = Object(value) as Partial<Dispatcher>;
  return typeof request === 'function';
}

import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';

/** The site that is used when none is given: Infisical Cloud, US. */
export const DEFAULT_SITE_URL = 'https://app.infisical.com';

/**
 * The origin of a site URL: white space, trailing slashes and one trailing
 * `/api` are removed (contract: auth §12). A path prefix of a reverse proxy is
 * kept.
 *
 * @throws InfisicalConfigError when it is not an absolute http(s) URL, or holds
 * user info, a query or a fragment
 */
export function normalizeSiteUrl(siteUrl: string): URL {
  const trimmed = siteUrl
    .trim()
    .replace(/\/+$/, '')
    .replace(/\/api$/, '');
  if (!/^https?:\/\//i.test(trimmed)) {
    throw new InfisicalConfigError(
      `siteUrl must start with https:// or http://, as in ${DEFAULT_SITE_URL}; got ${describe(siteUrl)}.`,
    );
  }
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    throw new InfisicalConfigError(
      `siteUrl is not a URL; expected something like ${DEFAULT_SITE_URL}.`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new InfisicalConfigError(
      'siteUrl must hold scheme, host and port only: no user name, password, query or fragment. Pass credentials in `auth`.',
    );
  }
  return url;
}

/** Who may use `http://` to another machine, and who hears of it. */
export interface TransportSafety {
  /** Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Told when it is used. */
  readonly logger?: ClientLogger;
}

/**
 * Refuses `http://` to another machine: login and secrets would cross the
 * network in clear text. Every address goes through here before it is used.
 *
 * @throws InfisicalConfigError unless `allowInsecureHttp` is set; then it warns
 */
export function assertTransportSafe(
  site: URL,
  { allowInsecureHttp = false, logger }: TransportSafety,
): void {
  if (site.protocol !== 'http:' || isLoopback(site)) return;
  if (!allowInsecureHttp) {
    throw new InfisicalConfigError(
      `${site.origin} is plain HTTP: credentials and secrets would cross the network in clear text. Use https://, or set allowInsecureHttp: true where that network is trusted, such as between containers of one machine.`,
    );
  }
  logger?.warn(
    `${site.origin} is plain HTTP: credentials and secrets cross the network in clear text (allowInsecureHttp). Use https:// outside of a trusted network.`,
  );
}

/** Whether the URL's host is this machine. */
export function isLoopback(url: URL): boolean {
  return (
    url.hostname === 'localhost' ||
    url.hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(url.hostname)
  );
}

function describe(siteUrl: string): string {
  // A value that may hold user info is not repeated.
  return siteUrl.includes('@') ? 'a value without a scheme' : `"${siteUrl}"`;
}

import { BlockList, isIP } from 'node:net';
import { inspect } from 'node:util';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { isLoopback } from './site-url.js';
import { pemSource, type PemSource } from './tls-options.js';

/**
 * The proxy between this process and the server. It must allow `CONNECT`.
 *
 * @example
 * ```ts
 * const proxy: ProxyOptions = {
 *   url: 'https://proxy.internal:3129',
 *   caFile: '/etc/ssl/company-ca.pem',
 *   noProxy: ['.internal'],
 * };
 * const client = new InfisicalClient({ projectId, proxy });
 * ```
 *
 * @publicApi
 */
export interface ProxyOptions {
  /** `http://` or `https://`, host and port; user name and password may be in it, or in the options below. */
  url: string;
  username?: string;
  password?: string;
  /** Servers that are reached without it, in the grammar of `NO_PROXY`. */
  noProxy?: string | readonly string[];
  /** PEM of the authorities that an `https://` proxy is checked against. Default: what the system trusts; `tls` is for the server only. */
  ca?: string | Buffer;
  /** A file that holds them. */
  caFile?: string;
}

const PROXY_OPTION_NAMES: readonly (keyof ProxyOptions)[] = [
  'url',
  'username',
  'password',
  'noProxy',
  'ca',
  'caFile',
];

/** A setting, and what it is called in errors. */
export interface NamedSetting {
  readonly name: string;
  readonly value: string;
}

/** The proxies of the environment. */
export interface EnvironmentProxies {
  readonly https?: NamedSetting;
  readonly http?: NamedSetting;
  readonly noProxy?: string;
}

/** The proxy on the way to a server, if there is one. */
export type ProxyChoice = (site: URL) => Proxy | undefined;

/** A proxy. Its credentials leave it only in the header for it. */
export class Proxy {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  /** Host and port, for messages. */
  readonly address: string;
  readonly #authorization: string | undefined;

  constructor(
    url: URL,
    /** What an `https://` proxy is checked against; empty for what the system trusts. */
    readonly trust: readonly PemSource[],
    user?: { readonly name: string; readonly password: string },
  ) {
    this.isSecure = url.protocol === 'https:';
    this.host = url.hostname.replace(/^\[|\]$/g, '');
    this.port = Number(url.port) || (this.isSecure ? 443 : 80);
    this.address = `${url.hostname}:${this.port}`;
    if (user) {
      const pair = Buffer.from(`${user.name}:${user.password}`);
      this.#authorization = `Basic ${pair.toString('base64')}`;
    }
  }

  /** What the proxy alone gets to see. */
  headers(): Record<string, string> {
    return this.#authorization === undefined
      ? {}
      : { 'proxy-authorization': this.#authorization };
  }

  [inspect.custom](): string {
    return `Proxy { ${this.address} }`;
  }
}

/**
 * Which servers are reached through which proxy. What the option names is used
 * for every server but those of `noProxy`; what the environment names, also not
 * for this machine.
 *
 * @param systemTrust what is trusted besides the option's own authorities
 * @throws InfisicalConfigError when the option is wrong; the choice, when a variable it needs is
 */
export function proxyChoice(
  option: string | false | ProxyOptions | undefined,
  environment: EnvironmentProxies,
  systemTrust: readonly PemSource[],
): ProxyChoice {
  if (option === false) return () => undefined;
  if (option === undefined) {
    return (site) => {
      const named =
        site.protocol === 'https:' ? environment.https : environment.http;
      return named === undefined ||
        isLoopback(site) ||
        isExcluded(site, environment.noProxy ?? '')
        ? undefined
        : readProxy(named, systemTrust);
    };
  }
  const given = readOption(option);
  const ca = pemSource('proxy.ca', given.ca, given.caFile);
  const { username, password } = given;
  const proxy = readProxy(
    {
      name: typeof option === 'string' ? 'proxy' : 'proxy.url',
      value: given.url,
    },
    ca ? [ca] : systemTrust,
    username === undefined
      ? undefined
      : { name: username, password: password ?? '' },
  );
  const noProxy = [given.noProxy ?? []].flat().join();
  return (site) => (isExcluded(site, noProxy) ? undefined : proxy);
}

function readOption(option: string | ProxyOptions): ProxyOptions {
  if (typeof option === 'string') return { url: option };
  if (typeof option !== 'object' || option === null) {
    throw new InfisicalConfigError(
      'proxy must be a URL, an object with `url`, or false for no proxy.',
    );
  }
  assertKnownOptions(option, PROXY_OPTION_NAMES, 'proxy');
  for (const name of ['username', 'password'] as const) {
    if (option[name] !== undefined && typeof option[name] !== 'string') {
      throw new InfisicalConfigError(`proxy.${name} must be a string.`);
    }
  }
  if (option.password !== undefined && option.username === undefined) {
    throw new InfisicalConfigError(
      'proxy.username is missing: a password comes with a user name.',
    );
  }
  const list: unknown[] = [option.noProxy ?? []].flat();
  if (!list.every((entry) => typeof entry === 'string')) {
    throw new InfisicalConfigError(
      'proxy.noProxy must be a string or a list of strings, such as "localhost,.internal".',
    );
  }
  return option;
}

/** The value is never repeated in an error: it may hold a password. */
function readProxy(
  { name, value }: NamedSetting,
  trust: readonly PemSource[],
  user?: { readonly name: string; readonly password: string },
): Proxy {
  const text = typeof value === 'string' ? value.trim() : '';
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new InfisicalConfigError(
      `${name} names a proxy of a kind that is not supported: use an http:// or https:// proxy, or none with \`proxy: false\`.`,
    );
  }
  try {
    if (!text) throw new TypeError('no proxy');
    const url = new URL(scheme === undefined ? `http://${text}` : text);
    if (url.pathname !== '/' || url.search || url.hash) {
      throw new TypeError('more than a proxy');
    }
    const inUrl = {
      name: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
    return new Proxy(url, trust, user ?? (inUrl.name ? inUrl : undefined));
  } catch {
    throw new InfisicalConfigError(
      `${name} is not the URL of a proxy: it must be scheme, host and port, such as http://proxy.example:3128. Special characters of a user name or password in it must be percent-encoded.`,
    );
  }
}

/**
 * Whether `NO_PROXY` has the server: `*`, a host and all below it (with or
 * without a leading dot), an IP address or a CIDR range of them; any of them
 * with a port.
 */
function isExcluded(site: URL, noProxy: string): boolean {
  const host = site.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = site.port || (site.protocol === 'https:' ? '443' : '80');
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [name, entryPort] = splitPort(entry.toLowerCase());
    if (!name || (entryPort !== undefined && entryPort !== port)) return false;
    return isIP(host)
      ? hasAddress(name, host)
      : host === name || host.endsWith(`.${name}`);
  });
}

/** `*.example.com`, `.example.com` and `example.com` are the same, as they are to curl. */
function splitPort(entry: string): [name: string, port?: string] {
  if (isIP(entry)) return [entry];
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return [name.replace(/^\[|\]$/g, '').replace(/^\*?\./, ''), port];
}

function hasAddress(entry: string, address: string): boolean {
  const [start = '', prefix] = entry.split('/');
  const family = isIP(start) === 6 ? 'ipv6' : 'ipv4';
  if (!isIP(start)) return false;
  const list = new BlockList();
  if (prefix === undefined) {
    list.addAddress(start, family);
  } else {
    const bits = Number(prefix);
    if (!/^\d+$/.test(prefix) || bits > (family === 'ipv6' ? 128 : 32)) {
      return false;
    }
    list.addSubnet(start, bits, family);
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

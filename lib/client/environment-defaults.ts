import { readVariable } from '../auth/environment.js';
import { toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { EnvironmentProxies, NamedSetting } from '../http/proxy.js';
import { checkHeaders } from '../http/request-headers.js';
import type { RetryOptions } from '../http/retry-policy.js';
import type { PemSource } from '../http/tls-options.js';

/** Project, environment and folder of the environment, as the CLI and the first SDKs name them. */
export function environmentScope(): {
  readonly projectId?: string;
  readonly environment?: string;
  readonly path?: string;
} {
  return {
    projectId: readVariable('INFISICAL_PROJECT_ID'),
    environment: readVariable('INFISICAL_ENVIRONMENT', 'INFISICAL_ENV'),
    path: readVariable('INFISICAL_SECRET_PATH', 'INFISICAL_PATH'),
  };
}

/**
 * The retries of the environment, in the CLI's format: durations such as
 * `200ms`, and the number of tries after the first.
 *
 * @throws InfisicalConfigError naming the variable
 */
export function environmentRetry(): RetryOptions {
  const delay = (name: string): number | undefined => {
    const found = find(name);
    return found && toMilliseconds(found.value, name);
  };
  const retries = find('INFISICAL_RETRY_MAX_RETRIES');
  if (retries && !/^\d{1,3}$/.test(retries.value)) {
    throw new InfisicalConfigError(
      `${retries.name} must be a whole number: how often a failed request is tried again; 0 for never.`,
    );
  }
  return {
    baseDelay: delay('INFISICAL_RETRY_BASE_DELAY'),
    maxDelay: delay('INFISICAL_RETRY_MAX_DELAY'),
    attempts: retries && Number(retries.value) + 1,
  };
}

/**
 * The headers of `INFISICAL_CUSTOM_HEADERS`, in the CLI's format:
 * `name=value other="a value with blanks"`. As there, `User-Agent` and `Accept`
 * are passed over.
 *
 * @throws InfisicalConfigError without the variable's value, which may be a credential
 */
export function environmentHeaders(): Record<string, string> {
  const found = find('INFISICAL_CUSTOM_HEADERS');
  if (!found) return {};
  const pair =
    /\s*([^\s=]+)=\s*(?:"((?:\\.|[^"])*)"?|'((?:\\.|[^'])*)'?|(\S*))/y;
  const headers: Record<string, string> = {};
  const text = found.value.trimEnd();
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (!match) {
      throw new InfisicalConfigError(
        `${found.name} cannot be read: it must be name=value pairs with blanks between them, such as CF-Access-Client-Id=abc X-Team="a b".`,
      );
    }
    const [, name = '', double, single, bare = ''] = match;
    if (!/^(user-agent|accept)$/i.test(name)) {
      headers[name] = double ?? single ?? bare;
    }
  }
  return checkHeaders(headers, found.name);
}

/**
 * What the environment says about the server's certificate authority.
 * `SSL_CERT_FILE` stands for the system's, so that Node's `NODE_EXTRA_CA_CERTS`
 * is trusted besides it.
 */
export function environmentTrust(): {
  readonly server: readonly PemSource[];
  readonly system: readonly PemSource[];
} {
  const own = find('INFISICAL_SSL_CERTIFICATE');
  const file = find('SSL_CERT_FILE');
  const extra = find('NODE_EXTRA_CA_CERTS');
  const system: PemSource[] = [];
  if (file) system.push({ name: file.name, file: file.value });
  if (file && extra) {
    system.push({ name: extra.name, file: extra.value, optional: true });
  }
  if (!own) return { server: system, system };
  const { name, value } = own;
  return {
    system,
    server: [
      value.includes('-----BEGIN')
        ? // Line breaks are often written as \n in a variable.
          { name, text: value.replaceAll('\\n', '\n') }
        : { name, file: value },
    ],
  };
}

/** Whether the environment asks for what is never done. */
export function environmentSkipsVerification(): NamedSetting | undefined {
  const found = find('INFISICAL_VERIFY_SSL');
  return found && /^(false|0|no|off)$/i.test(found.value) ? found : undefined;
}

/**
 * The proxies of the environment. As with curl, the lower-case name wins.
 * `HTTP_PROXY` does not count in a CGI program, where the client of the web
 * server sets it (with a header `Proxy`).
 */
export function environmentProxies(): EnvironmentProxies {
  const isCgi = find('REQUEST_METHOD') !== undefined;
  return {
    https: find('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'),
    http: find(
      'http_proxy',
      ...(isCgi ? [] : ['HTTP_PROXY']),
      'all_proxy',
      'ALL_PROXY',
    ),
    noProxy: readVariable('no_proxy', 'NO_PROXY'),
  };
}

/** The first of these variables that is set, and its name for messages. */
function find(...names: string[]): NamedSetting | undefined {
  for (const name of names) {
    const value = readVariable(name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

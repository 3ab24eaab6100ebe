import { createSecureContext } from 'node:tls';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { HttpClient } from '../http/http-client.js';
import { normalizeSiteUrl } from '../http/site-url.js';
import {
  allowCredential,
  type Credential,
  readCredential,
} from './credential.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';

/**
 * The client certificate of the TLS connection. Whatever ends TLS in front of
 * the server must ask for it, and hand it on in a header.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: {
 *     tlsCertAuth: {
 *       identityId,
 *       cert: { file: '/etc/tls/client.pem' },
 *       key: { file: '/etc/tls/client.key' },
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface TlsCertAuthOptions extends IdentityLoginOptions {
  /** PEM of the certificate, with its chain. Default: the client certificate in `tls`. */
  cert?: Credential;
  /** PEM of its key. */
  key?: Credential;
  /** Where certificates are asked for, when it is another address, such as `https://app.infisical.com:8443`. */
  siteUrl?: string;
}

/** Login by client certificate: nothing but the identity id is in the body (contract: auth §2.4). */
export function tlsCertAuth(options: TlsCertAuthOptions): LoginMethod {
  const read = (
    name: 'cert' | 'key',
    { logger }: HttpClient,
  ): Promise<string> | undefined => {
    const credential = options[name];
    return credential === undefined
      ? undefined
      : readCredential(credential, `auth.tlsCertAuth.${name}`, logger);
  };
  return identityLogin({
    name: 'tlsCertAuth',
    route: 'tls-cert-auth',
    options,
    optionNames: ['cert', 'key', 'siteUrl'],
    check(option) {
      const { cert, key, siteUrl } = options;
      allowCredential(cert, option('cert'));
      allowCredential(key, option('key'));
      if ((cert === undefined) !== (key === undefined)) {
        throw new InfisicalConfigError(
          `${option(cert === undefined ? 'cert' : 'key')} is missing: a certificate and its key come together.`,
        );
      }
      if (siteUrl !== undefined) siteOf(siteUrl, option('siteUrl'));
    },
    body: () => Promise.resolve({}),
    async send(http, work) {
      const { siteUrl } = options;
      const cert = await read('cert', http);
      const key = await read('key', http);
      if (cert === undefined && siteUrl === undefined) return work(http);
      checkPair(cert, key);
      const own = http.overOwnConnection(
        { cert, key },
        siteUrl === undefined ? undefined : normalizeSiteUrl(siteUrl),
      );
      try {
        return await work(own);
      } finally {
        await own.close();
      }
    },
  });
}

/** A bad pair would look like a broken connection. */
function checkPair(cert: string | undefined, key: string | undefined): void {
  try {
    createSecureContext({ cert, key });
  } catch {
    // Without the cause: it is no help, and it came from a secret.
    throw new InfisicalConfigError(
      'auth.tlsCertAuth.cert and key cannot be used: pass a certificate in PEM, and the key that belongs to it.',
    );
  }
}

function siteOf(siteUrl: unknown, option: string): URL {
  if (typeof siteUrl === 'string' && /^\s*https:/i.test(siteUrl)) {
    return normalizeSiteUrl(siteUrl);
  }
  throw new InfisicalConfigError(
    `${option} must start with https://: a client certificate is part of TLS.`,
  );
}

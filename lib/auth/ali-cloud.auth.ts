import { createHmac, randomUUID } from 'node:crypto';
import {
  type Credential,
  readCredential,
  requireCredential,
} from './credential.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';

/**
 * Alibaba Cloud: an access key of RAM. The server takes no security token, so
 * temporary keys cannot be used.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: {
 *     aliCloudAuth: {
 *       identityId,
 *       accessKeyId: { file: '/run/secrets/ram-key-id' },
 *       accessKeySecret: { file: '/run/secrets/ram-key-secret' },
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface AliCloudAuthOptions extends IdentityLoginOptions {
  accessKeyId: Credential;
  accessKeySecret: Credential;
}

/** Login by the signed parameters of a request that the server sends to STS (contract: auth §2.1). */
export function aliCloudAuth(options: AliCloudAuthOptions): LoginMethod {
  return identityLogin({
    name: 'aliCloudAuth',
    route: 'alicloud-auth',
    verifier: 'Alibaba Cloud',
    isDated: true,
    // The nonce is used up by the first try.
    idempotent: false,
    options,
    optionNames: ['accessKeyId', 'accessKeySecret'],
    check(option) {
      requireCredential(options.accessKeyId, option('accessKeyId'));
      requireCredential(options.accessKeySecret, option('accessKeySecret'));
    },
    async body(http, _signal, option, now) {
      const secret = await readCredential(
        options.accessKeySecret,
        option('accessKeySecret'),
        http.logger,
      );
      const parameters: Record<string, string> = {
        AccessKeyId: await readCredential(
          options.accessKeyId,
          option('accessKeyId'),
          http.logger,
        ),
        Action: 'GetCallerIdentity',
        Format: 'JSON',
        SignatureMethod: 'HMAC-SHA1',
        SignatureNonce: randomUUID(),
        SignatureVersion: '1.0',
        Timestamp: new Date(now).toISOString().replace(/\.\d+/, ''),
        Version: '2015-04-01',
      };
      return { ...parameters, Signature: signAliCloud(parameters, secret) };
    },
  });
}

/** The signature of an RPC-style GET: HMAC-SHA1 over the sorted, encoded parameters. */
export function signAliCloud(
  parameters: Readonly<Record<string, string>>,
  accessKeySecret: string,
): string {
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  return createHmac('sha1', `${accessKeySecret}&`)
    .update(`GET&${encode('/')}&${encode(query)}`)
    .digest('base64');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

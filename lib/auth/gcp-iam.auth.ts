import { InfisicalConfigError } from '../common/infisical.error.js';
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
import { signRsaSha256 } from './rsa-signature.js';

/**
 * The key of a service account, as in the file that Google issues. Other
 * fields are not looked at.
 *
 * @example
 * ```ts
 * import { readKey } from './vault.js';
 *
 * const serviceAccountKey: GcpServiceAccountKey = await readKey('gcp');
 * const auth: AuthOptions = { gcpIamAuth: { identityId, serviceAccountKey } };
 * ```
 *
 * @publicApi
 */
export interface GcpServiceAccountKey {
  client_email: string;
  private_key_id: string;
  private_key: string;
}

/**
 * Google Cloud: the key of a service account, anywhere.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: {
 *     gcpIamAuth: {
 *       identityId,
 *       serviceAccountKey: { file: '/run/secrets/service-account.json' },
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface GcpIamAuthOptions extends IdentityLoginOptions {
  /** The key: its file, its JSON text, or the object in it. */
  serviceAccountKey: Credential | GcpServiceAccountKey;
}

/** Life of the JWT in seconds: it is used at once. */
const JWT_LIFE = 300;

const FIELDS = ['client_email', 'private_key_id', 'private_key'] as const;

/**
 * Login by a JWT that the service account signs for the identity. Google's
 * servers are not asked: the server finds the key's certificate by its id
 * (contract: auth §2.4, §4).
 */
export function gcpIamAuth(options: GcpIamAuthOptions): LoginMethod {
  return identityLogin({
    name: 'gcpIamAuth',
    route: 'gcp-auth',
    verifier: 'Google',
    isDated: true,
    options,
    optionNames: ['serviceAccountKey'],
    check(option) {
      const { serviceAccountKey: key } = options;
      const name = option('serviceAccountKey');
      if (isKeyObject(key)) readKey(key, name);
      else requireCredential(key, name);
    },
    async body(http, _signal, option, now) {
      const { serviceAccountKey: given } = options;
      const name = option('serviceAccountKey');
      const key = readKey(
        isKeyObject(given)
          ? given
          : parse(await readCredential(given, name, http.logger)),
        name,
      );
      const iat = Math.floor(now / 1000);
      const text = [
        { alg: 'RS256', typ: 'JWT', kid: key.private_key_id },
        {
          sub: key.client_email,
          aud: options.identityId.trim(),
          iat,
          exp: iat + JWT_LIFE,
        },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const signature = signRsaSha256(
        text,
        { key: key.private_key },
        `${name}.private_key`,
      );
      return { jwt: `${text}.${signature.toString('base64url')}` };
    },
  });
}

function isKeyObject(key: unknown): key is GcpServiceAccountKey {
  return typeof key === 'object' && key !== null && !('file' in key);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readKey(value: unknown, option: string): GcpServiceAccountKey {
  const key = (value ?? {}) as Record<string, unknown>;
  for (const field of FIELDS) {
    if (typeof key[field] !== 'string' || !key[field]) {
      throw new InfisicalConfigError(
        `${option} has no "${field}": pass the JSON key of a service account, as Google issues it, or { file: '/path' } of it.`,
      );
    }
  }
  return value as GcpServiceAccountKey;
}

import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  allowCredential,
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
 * Oracle Cloud: a user with an API signing key.
 *
 * @example
 * ```ts
 * import { userOcid, tenancyOcid, fingerprint } from './oci.js';
 *
 * const client = new InfisicalClient({
 *   auth: {
 *     ociAuth: {
 *       identityId,
 *       userOcid,
 *       tenancyOcid,
 *       fingerprint,
 *       region: 'eu-frankfurt-1',
 *       privateKey: { file: '/run/secrets/oci.pem' },
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface OciAuthOptions extends IdentityLoginOptions {
  userOcid: string;
  tenancyOcid: string;
  /** Of the key, as Oracle shows it: `12:34:…`. */
  fingerprint: string;
  /** Such as `eu-frankfurt-1`. */
  region: string;
  /** RSA key in PEM. */
  privateKey: Credential;
  /** Of an encrypted key. */
  passphrase?: Credential;
}

/** What each part may look like; all of it becomes part of a header or a path. */
const FORMS = {
  userOcid: /^ocid1\.user\.[\w.-]+$/,
  tenancyOcid: /^ocid1\.tenancy\.[\w.-]+$/,
  fingerprint: /^[0-9a-f]{2}(:[0-9a-f]{2}){15}$/i,
  region: /^[a-z0-9-]+$/,
};

/** Login by a signed request that the server sends to Oracle (contract: auth §4). */
export function ociAuth(options: OciAuthOptions): LoginMethod {
  return identityLogin({
    name: 'ociAuth',
    route: 'oci-auth',
    verifier: 'Oracle Cloud',
    isDated: true,
    options,
    optionNames: [
      'userOcid',
      'tenancyOcid',
      'fingerprint',
      'region',
      'privateKey',
      'passphrase',
    ],
    check(option) {
      for (const [name, form] of Object.entries(FORMS)) {
        const value: unknown = options[name as keyof typeof FORMS];
        if (typeof value === 'string' && form.test(value)) continue;
        throw new InfisicalConfigError(
          `${option(name)} is missing or not of the form that Oracle gives it.`,
        );
      }
      requireCredential(options.privateKey, option('privateKey'));
      allowCredential(options.passphrase, option('passphrase'));
    },
    async body(http, _signal, option, now) {
      const { userOcid, tenancyOcid, fingerprint, region } = options;
      const read = (credential: Credential, name: string): Promise<string> =>
        readCredential(credential, option(name), http.logger);
      const key = await read(options.privateKey, 'privateKey');
      const passphrase =
        options.passphrase === undefined
          ? undefined
          : await read(options.passphrase, 'passphrase');
      const host = `identity.${region}.oraclecloud.com`;
      const date = new Date(now).toUTCString();
      const signature = signRsaSha256(
        `date: ${date}\n(request-target): get /20160918/users/${userOcid}\nhost: ${host}`,
        { key, passphrase },
        option('privateKey'),
      ).toString('base64');
      const authorization = [
        'Signature version="1"',
        'headers="date (request-target) host"',
        `keyId="${tenancyOcid}/${userOcid}/${fingerprint}"`,
        'algorithm="rsa-sha256"',
        `signature="${signature}"`,
      ].join(',');
      return { userOcid, headers: { authorization, host, date } };
    },
  });
}

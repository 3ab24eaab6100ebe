import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { loadOptionalPackage } from '../common/optional-package.js';
import {
  allowCredential,
  type Credential,
  readCredential,
  requireCredential,
} from './credential.js';
import type { AwsKeys } from './sigv4.js';

/**
 * An access key of AWS.
 *
 * @example
 * ```ts
 * const credentials: AwsAccessKey = {
 *   accessKeyId: { file: '/run/secrets/aws-key-id' },
 *   secretAccessKey: { file: '/run/secrets/aws-key' },
 * };
 * const auth: AuthOptions = { awsAuth: { identityId, credentials } };
 * ```
 *
 * @publicApi
 */
export interface AwsAccessKey {
  accessKeyId: Credential;
  secretAccessKey: Credential;
  /** Of temporary credentials. */
  sessionToken?: Credential;
}

/**
 * Where the keys of AWS come from: the keys, or a function that is called
 * again at every login, such as a credential provider of the AWS SDK.
 *
 * @example
 * ```ts
 * import { fromIni } from './aws.js';
 *
 * // What the AWS SDK calls a credential provider; asked again at every login.
 * const credentials: AwsCredentials = fromIni({ profile: 'infisical' });
 * const auth: AuthOptions = { awsAuth: { identityId, credentials } };
 * ```
 *
 * @publicApi
 */
export type AwsCredentials = AwsAccessKey | (() => Promise<AwsKeys> | AwsKeys);

const NAMES = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

/** @throws InfisicalConfigError naming the first wrong option */
export function checkAwsCredentials(
  credentials: AwsCredentials | undefined,
  option: string,
): void {
  if (credentials === undefined || typeof credentials === 'function') return;
  if (typeof credentials !== 'object' || credentials === null) {
    throw new InfisicalConfigError(
      `${option} must be { accessKeyId, secretAccessKey, sessionToken? } or a function that returns them.`,
    );
  }
  assertKnownOptions(credentials, NAMES, option);
  requireCredential(credentials.accessKeyId, `${option}.accessKeyId`);
  requireCredential(credentials.secretAccessKey, `${option}.secretAccessKey`);
  allowCredential(credentials.sessionToken, `${option}.sessionToken`);
}

/** The keys for one login. Without any given, the usual places of the AWS SDK are searched. */
export async function readAwsKeys(
  credentials: AwsCredentials | undefined,
  option: string,
  logger: ClientLogger,
): Promise<AwsKeys> {
  const keys =
    typeof credentials === 'object'
      ? credentials
      : await (credentials ?? (await defaultChain()))();
  // What a function returns is checked as an option is.
  requireCredential(keys?.accessKeyId, `${option}.accessKeyId`);
  requireCredential(keys.secretAccessKey, `${option}.secretAccessKey`);
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const read = (credential: Credential, name: string): Promise<string> =>
    readCredential(credential, `${option}.${name}`, logger);
  return {
    accessKeyId: await read(accessKeyId, 'accessKeyId'),
    secretAccessKey: await read(secretAccessKey, 'secretAccessKey'),
    sessionToken:
      sessionToken === undefined
        ? undefined
        : await read(sessionToken, 'sessionToken'),
  };
}

async function defaultChain(): Promise<() => Promise<AwsKeys>> {
  const { fromNodeProviderChain } = await loadOptionalPackage(
    '@aws-sdk/credential-providers',
    'auth.awsAuth without credentials',
    () => import('@aws-sdk/credential-providers'),
  );
  return fromNodeProviderChain();
}

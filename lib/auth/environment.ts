import { InfisicalConfigError } from '../common/infisical.error.js';
import type { Credential } from './credential.js';
import type { UniversalAuthCredentials } from './universal.auth.js';

/** The only place of the library that reads `process.env`. Earlier names win. */
const VARIABLES = {
  siteUrl: [
    'INFISICAL_SITE_URL',
    'INFISICAL_URL',
    'INFISICAL_HOST',
    'INFISICAL_DOMAIN',
    'INFISICAL_API_URL',
  ],
  clientId: ['INFISICAL_UNIVERSAL_AUTH_CLIENT_ID', 'INFISICAL_CLIENT_ID'],
  clientSecret: [
    'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
    'INFISICAL_CLIENT_SECRET',
  ],
  accessToken: [
    'INFISICAL_TOKEN',
    'INFISICAL_ACCESS_TOKEN',
    'INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN',
  ],
  // The second name is a slip of the first SDKs' documents.
  kubernetesTokenPath: [
    'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH',
    'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH_ENV_NAME',
  ],
  awsRegion: ['AWS_REGION'],
} as const;

/** The logins that the environment may hold. */
type EnvironmentAuth =
  { universalAuth: UniversalAuthCredentials } | { accessToken: Credential };

/** The value of the first variable that is set, trimmed. Empty is the same as not set. */
export function readVariable(...names: readonly string[]): string | undefined {
  return read(names);
}

/** The site URL of the environment. */
export function environmentSiteUrl(): string | undefined {
  return read(VARIABLES.siteUrl);
}

/** The AWS region of the environment. */
export function environmentAwsRegion(): string | undefined {
  return read(VARIABLES.awsRegion);
}

/** The file of the pod's service-account token, when the environment names one. */
export function environmentKubernetesTokenPath(): string | undefined {
  return read(VARIABLES.kubernetesTokenPath);
}

/**
 * The credentials of the environment, evaluated again at every login.
 *
 * @throws InfisicalConfigError when there are none, or half a pair
 */
export function environmentAuth(): EnvironmentAuth {
  const { clientId, clientSecret, accessToken } = VARIABLES;
  const hasId = read(clientId) !== undefined;
  const hasSecret = read(clientSecret) !== undefined;
  if (hasId && hasSecret) {
    return {
      universalAuth: {
        clientId: () => read(clientId) ?? '',
        clientSecret: () => read(clientSecret) ?? '',
      },
    };
  }
  if (hasId || hasSecret) {
    throw new InfisicalConfigError(
      `${hasId ? clientId.join(' or ') : clientSecret.join(' or ')} is set, but ${hasId ? clientSecret.join(' or ') : clientId.join(' or ')} is not: Universal Auth needs both.`,
    );
  }
  if (read(accessToken) !== undefined) {
    return { accessToken: () => read(accessToken) ?? '' };
  }
  throw new InfisicalConfigError(
    `No credentials: pass \`auth\`, or set ${clientId[0]} and ${clientSecret[0]}, or ${accessToken[0]}.`,
  );
}

function read(names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = process.env[name]?.trim();
    if (value) return value;
  }
  return undefined;
}

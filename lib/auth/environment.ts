import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { warnOnce } from '../common/warn-once.js';
import type { Credential } from './credential.js';

// The only place of the library that reads `process.env`.

/** Variables of the address; earlier ones win. */
const SITE_URL = [
  'INFISICAL_SITE_URL',
  'INFISICAL_URL',
  'INFISICAL_HOST',
  'INFISICAL_DOMAIN',
  'INFISICAL_API_URL',
] as const;

// The second name is a slip of the first SDKs' documents.
const KUBERNETES_TOKEN_PATH = [
  'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH',
  'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH_ENV_NAME',
] as const;

/** Where Kubernetes mounts the token of the service account, and rotates it. */
const MOUNTED_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Variables that the runtimes of AWS set, and the region that a login there needs. */
const AWS = [
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
] as const;

/** A setting that the environment holds. */
export interface EnvironmentSetting {
  /** The variable. */
  readonly name: string;
  /** Evaluated at every login. */
  readonly credential: Credential;
}

/** The site URL of the environment. */
export function environmentSiteUrl(logger: ClientLogger): string | undefined {
  const warning = differenceWarning([SITE_URL], (url) =>
    url.replace(/\/+$/, '').replace(/\/api$/, ''),
  );
  if (warning) warnOnce(logger, `environment:${warning}`, warning);
  return readVariable(...SITE_URL);
}

/** The AWS region of the environment. */
export function environmentAwsRegion(): string | undefined {
  return readVariable('AWS_REGION');
}

/** Whether somebody waits for this process to end, and no orchestrator restarts it. */
export function environmentIsForDevelopers(): boolean {
  return ['development', 'test'].includes(readVariable('NODE_ENV') ?? '');
}

/** A variable that tells that this process runs on AWS. */
export function environmentOfAws(): string | undefined {
  return AWS.find((name) => readVariable(name) !== undefined);
}

/** The file of the pod's service-account token. */
export function environmentKubernetesTokenPath(): string {
  return readVariable(...KUBERNETES_TOKEN_PATH) ?? MOUNTED_TOKEN;
}

/** The value of the first variable that is set, trimmed. Empty is the same as not set. */
export function readVariable(...names: readonly string[]): string | undefined {
  const name = names.find((one) => process.env[one]?.trim());
  return name === undefined ? undefined : process.env[name]?.trim();
}

/** The first of the variables that is set. One whose name ends in `_FILE` or `_PATH` names a file. */
export function findSetting(
  names: readonly string[],
): EnvironmentSetting | undefined {
  const name = names.find((one) => readVariable(one) !== undefined);
  if (name === undefined) return undefined;
  return {
    name,
    credential: isFileVariable(name)
      ? { file: readVariable(name) ?? '' }
      : () => requireVariable(name),
  };
}

/** The variables, and those that name a file with the same content. */
export function withFileVariables(names: readonly string[]): string[] {
  return [
    ...names,
    ...names
      .filter((name) => /^INFISICAL_/.test(name) && !isFileVariable(name))
      .map((name) => `${name}_FILE`),
  ];
}

/** Says which variables hold something else than the one that is used, and never what. */
export function differenceWarning(
  groups: readonly (readonly string[])[],
  simplify = (value: string): string => value,
): string | undefined {
  const pairs = groups.flatMap((names) => {
    const [used, ...others] = names.filter(
      (name) => readVariable(name) !== undefined,
    );
    if (used === undefined) return [];
    const value = simplify(readVariable(used) ?? '');
    return others
      .filter(
        (name) =>
          isFileVariable(name) !== isFileVariable(used) ||
          simplify(readVariable(name) ?? '') !== value,
      )
      .map((name) => `${used} is used, not ${name}`);
  });
  return pairs.length === 0
    ? undefined
    : `The environment says the same thing twice, with different values: ${pairs.join('; ')}. Unset the others.`;
}

function isFileVariable(name: string): boolean {
  return /_(FILE|PATH)$/.test(name);
}

function requireVariable(name: string): string {
  const value = readVariable(name);
  if (value !== undefined) return value;
  throw new InfisicalConfigError(
    `${name} was set at the first login, and is not set any more. Set it, or create a new client.`,
  );
}

import { type ApiPath, apiPath } from '../http/api-path.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { Place } from './client-context.js';
import type {
  MetadataPair,
  ReadSecretOptions,
  WriteSecretFields,
} from './secret-options.js';
import type { SecretRecord } from './secret-record.js';
import type { SecretsVersion } from './secrets-generation.js';

/** Path of all secrets. */
export function secretsPath(version: SecretsVersion): ApiPath {
  return version === 'v4'
    ? apiPath`/api/v4/secrets`
    : apiPath`/api/v3/secrets/raw`;
}

/** Path of one secret. */
export function secretPath(version: SecretsVersion, name: string): ApiPath {
  return version === 'v4'
    ? apiPath`/api/v4/secrets/${name}`
    : apiPath`/api/v3/secrets/raw/${name}`;
}

/** The name of the project's id (contract: secrets §2.3). */
export function projectKey(version: SecretsVersion): string {
  return version === 'v4' ? 'projectId' : 'workspaceId';
}

/** Every flag explicitly, imports under both spellings: the defaults differ between generations (contract: secrets §2.3). */
export function readQuery(
  version: SecretsVersion,
  projectId: string,
  place: Place,
  options: ReadSecretOptions,
): Record<string, string | boolean> {
  const imports = options.includeImports ?? true;
  return {
    [projectKey(version)]: projectId,
    environment: place.environment,
    secretPath: place.path,
    viewSecretValue: options.viewSecretValue ?? true,
    expandSecretReferences: options.expandSecretReferences ?? true,
    includeImports: imports,
    include_imports: imports,
  };
}

/** Body fields of a place. */
export function placeFields(
  version: SecretsVersion,
  projectId: string,
  { environment, path }: Place,
): Record<string, string> {
  return {
    [projectKey(version)]: projectId,
    environment,
    secretPath: path,
  };
}

/** Body fields of create and update. */
export function writeFields(
  options: WriteSecretFields,
): Record<string, unknown> {
  return {
    secretComment: options.secretComment,
    secretMetadata: options.secretMetadata,
    tagIds: options.tagIds,
    skipMultilineEncoding: options.skipMultilineEncoding,
    secretReminderNote: options.secretReminderNote,
    secretReminderRepeatDays: options.secretReminderRepeatDays,
    type: options.type ?? 'shared',
  };
}

/** The query's grammar (contract: secrets §2.8). */
export function metadataQuery(
  pairs: readonly MetadataPair[] | undefined,
): string | undefined {
  return pairs
    ?.map(({ key, value }) => `key=${key.trim()},value=${value.trim()}`)
    .join('|');
}

/**
 * Makes sure that the server knows the filter: an older one ignores it.
 *
 * @throws InfisicalHttpError code `FilterIgnored`
 */
export function assertFiltered(
  secrets: readonly SecretRecord[],
  pairs: readonly MetadataPair[] = [],
  operation?: string,
): void {
  const isRight = ({ secretMetadata }: SecretRecord): boolean =>
    pairs.every(({ key, value }) =>
      secretMetadata.some(
        (one) => one.key === key.trim() && one.value === value.trim(),
      ),
    );
  if (secrets.every(isRight)) return;
  throw new InfisicalHttpError(
    'The server ignored metadataFilter: it answered secrets without that metadata. Update the server, or list without the filter and look at secretMetadata.',
    {
      status: 200,
      code: 'FilterIgnored',
      hint: 'Update the server.',
      operation,
    },
  );
}

/**
 * Makes sure that this is the version that was asked for.
 *
 * @throws InfisicalHttpError code `WrongVersion`
 */
export function assertVersion(
  { secretKey, version }: SecretRecord,
  asked: number | undefined,
  operation?: string,
): void {
  if (asked === undefined || version === asked) return;
  throw new InfisicalHttpError(
    `The server answered version ${version} of "${secretKey}", not ${asked}. An imported secret has no earlier versions here: read it in its own folder. Or the server ignores versions: update it.`,
    { status: 200, code: 'WrongVersion', operation },
  );
}

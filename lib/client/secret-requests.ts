import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import type { Place } from './client-context.js';
import type { ReadSecretOptions, WriteSecretFields } from './secret-options.js';
import type { SecretsVersion } from './secrets-generation.js';

/** Path of one secret. */
export function secretPath(version: SecretsVersion, name: string): string {
  requireName(name);
  return version === 'v4'
    ? apiPath`/api/v4/secrets/${name}`
    : apiPath`/api/v3/secrets/raw/${name}`;
}

/** @throws InfisicalConfigError when the server could not have such a name */
export function requireName(name: unknown): void {
  if (typeof name !== 'string' || !name.trim() || /[:/]/.test(name)) {
    throw new InfisicalConfigError(
      `"${String(name)}" is not a secret name: it must not be empty and must not hold ":" or "/". Pass the folder as \`path\`.`,
    );
  }
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
    [version === 'v4' ? 'projectId' : 'workspaceId']: projectId,
    environment: place.environment,
    secretPath: place.path,
    viewSecretValue: options.viewSecretValue ?? true,
    expandSecretReferences: options.expandSecretReferences ?? true,
    includeImports: imports,
    include_imports: imports,
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
    type: options.type ?? 'shared',
  };
}

/** @throws InfisicalConfigError when the value is missing */
export function requireValue(value: unknown, method: string): void {
  if (typeof value !== 'string') {
    throw new InfisicalConfigError(
      `secrets.${method} needs secretValue, a string; it may be empty.`,
    );
  }
}

import { readArray, readOptionalText } from './answer-readers.js';
import { SecretRecord, type SecretPlace } from './secret-record.js';

/** A list as the server sends it: own secrets, and one group per import. */
export interface SecretList {
  readonly secrets: readonly SecretRecord[];
  /** In the order of their position. */
  readonly imports: readonly (readonly SecretRecord[])[];
  readonly etag?: string;
}

/** Reads the body of a list. */
export function readSecretList(
  data: unknown,
  place: SecretPlace,
  etag?: string,
): SecretList {
  const secrets = readArray(data, 'secrets').map(
    (raw) => new SecretRecord(raw, place),
  );
  const imports = (data as { imports?: unknown }).imports;
  return {
    secrets,
    // Absent or empty when imports are off, by version (contract: secrets §2.5).
    imports: Array.isArray(imports)
      ? imports.map((group: Record<string, unknown>) => {
          const source: SecretPlace = {
            environment:
              readOptionalText(group, 'environment') ?? place.environment,
            path: readOptionalText(group, 'secretPath') ?? place.path,
          };
          return readArray(group, 'secrets').map(
            (raw) => new SecretRecord(raw, source),
          );
        })
      : [],
    etag,
  };
}

/**
 * Own secrets, followed by the imported ones that none of them hides. Of
 * several imports the last one wins, as on the server (contract: secrets
 * §2.11).
 */
export function mergeImports(list: SecretList): SecretRecord[] {
  const own = dropShadowedShared(list.secrets);
  const taken = new Set(own.map(({ secretKey }) => secretKey));
  const imported: SecretRecord[] = [];
  for (const group of [...list.imports].reverse()) {
    for (const secret of group) {
      if (taken.has(secret.secretKey)) continue;
      taken.add(secret.secretKey);
      imported.push(secret);
    }
  }
  return [...own, ...imported];
}

/** v3 lists a personal override next to the shared secret (contract: secrets §2.7); the override wins. */
function dropShadowedShared(secrets: readonly SecretRecord[]): SecretRecord[] {
  const overridden = new Set(
    secrets.filter(({ type }) => type === 'personal').map(placeOf),
  );
  return secrets.filter(
    (secret) => secret.type === 'personal' || !overridden.has(placeOf(secret)),
  );
}

function placeOf({ secretPath, secretKey }: SecretRecord): string {
  return `${secretPath}:${secretKey}`;
}

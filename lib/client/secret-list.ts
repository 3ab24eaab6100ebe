import type { ClientLogger } from '../common/client-logger.js';
import { warnOnce } from '../common/warn-once.js';
import {
  readArray,
  readBody,
  readOptionalArray,
  readText,
} from './answer-readers.js';
import {
  IMPORTED,
  LISTED,
  type SecretForm,
  type SecretPlace,
  SecretRecord,
} from './secret-record.js';

/**
 * A list as the server sends it: own secrets, and one group per import.
 *
 * @example
 * ```ts
 * const answer = await client.secrets.listConditionally({ path: '/payments' });
 * if (answer.modified) {
 *   const { secrets, imports, etag }: SecretList = answer.list;
 *   logger.log(
 *     `${secrets.length} own, ${imports.flat().length} imported: ${etag}`,
 *   );
 * }
 * ```
 *
 * @publicApi
 */
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
  etag: string | undefined,
  fit: (form: SecretForm) => SecretForm,
): SecretList {
  const [listed, imported] = [fit(LISTED), fit(IMPORTED)];
  return {
    secrets: readArray(data, 'secrets').map(
      (raw) => new SecretRecord(raw, place, listed),
    ),
    // Absent or empty when imports are off, by version (contract: secrets §2.5).
    imports: readOptionalArray(readBody(data), 'imports').map((group) => {
      const source: SecretPlace = {
        environment: readText(group, 'environment'),
        path: readText(group, 'secretPath'),
      };
      return readArray(group, 'secrets').map(
        (raw) => new SecretRecord(raw, source, imported),
      );
    }),
    etag,
  };
}

/**
 * The list with a user's personal secrets in the place of the shared ones, or
 * without them. Some generations list both side by side (contract: secrets
 * §2.7).
 */
export function resolveOverrides(
  list: SecretList,
  personalOverrides: boolean,
): SecretList {
  const personal = list.secrets.filter(({ type }) => type === 'personal');
  if (personal.length === 0) return list;
  const overridden = new Set(personal.map(placeOf));
  return {
    ...list,
    secrets: list.secrets.filter((secret) =>
      personalOverrides
        ? secret.type === 'personal' || !overridden.has(placeOf(secret))
        : secret.type === 'shared',
    ),
  };
}

/**
 * Own secrets, followed by the imported ones that none of them hides. Of
 * several imports the last one wins, as on the server (contract: secrets
 * §2.11).
 */
export function mergeImports(list: SecretList): SecretRecord[] {
  const taken = new Set(list.secrets.map(({ secretKey }) => secretKey));
  const imported: SecretRecord[] = [];
  for (const group of [...list.imports].reverse()) {
    for (const secret of group) {
      if (taken.has(secret.secretKey)) continue;
      taken.add(secret.secretKey);
      imported.push(secret);
    }
  }
  return [...list.secrets, ...imported];
}

/** Secrets in the order in which a name is looked for: the folder nearest to the top, then the alphabet of paths. */
export function nearestFirst(secrets: readonly SecretRecord[]): SecretRecord[] {
  return [...secrets].sort(
    (a, b) => depth(a) - depth(b) || compare(a.secretPath, b.secretPath),
  );
}

/** The first secret of each name. */
export function firstOfEachName(
  secrets: readonly SecretRecord[],
): SecretRecord[] {
  const taken = new Set<string>();
  return secrets.filter(({ secretKey }) => {
    const isNew = !taken.has(secretKey);
    taken.add(secretKey);
    return isNew;
  });
}

/** What a reference looks like (contract: secrets §2.10). */
const REFERENCE = /\$\{[A-Za-z0-9_.@-]+\}/;

/** Most names in one warning. */
const MAX_NAMES = 20;

/** Says once which values still hold a reference after the server expanded them; never the values. */
export function warnOfReferences(
  logger: ClientLogger,
  secrets: readonly SecretRecord[],
): void {
  const found = secrets
    .filter(
      ({ secretValue }) =>
        secretValue.includes('${') && REFERENCE.test(secretValue),
    )
    .map(
      ({ secretKey, environment, secretPath }) =>
        `${secretKey} (environment ${environment}, path ${secretPath})`,
    );
  if (found.length === 0) return;
  const names = found.sort().slice(0, MAX_NAMES).join(', ');
  const more =
    found.length > MAX_NAMES ? ` and ${found.length - MAX_NAMES} more` : '';
  warnOnce(
    logger,
    `references:${names}`,
    `Values still hold a reference "\${…}" that the server could not resolve: ${names}${more}. Create what they refer to, or set expandSecretReferences to false where the text is meant literally.`,
  );
}

/** The order of a list: the alphabet of paths, then of names, by code units. */
export function byPlaceAndName(a: SecretRecord, b: SecretRecord): number {
  return (
    compare(a.secretPath, b.secretPath) || compare(a.secretKey, b.secretKey)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function placeOf({ secretPath, secretKey }: SecretRecord): string {
  return `${secretPath}:${secretKey}`;
}

function depth({ secretPath }: SecretRecord): number {
  return secretPath.split('/').filter(Boolean).length;
}

import {
  ENVIRONMENTS,
  type Environment,
  FOLDERS,
  foldersOf,
  IMPORTED,
  placeOf,
  type SimulatedScope,
} from './folders.js';

/** What is special about the secrets of an environment since one change. */
export interface Revision {
  /** Those that end in BETA are gone. */
  readonly isCut: boolean;
  /** Those that end in BETA have a value that no schema accepts. */
  readonly isSpoilt: boolean;
}

/** The revision at the start: earlier ones are in the snapshot store at most. */
export const FIRST_REVISION = 10;

const PLAIN: Revision = { isCut: false, isSpoilt: false };
const WHEN = '2026-01-01T00:00:00.000Z';

/**
 * The secrets of all environments. Each change makes a revision, and the value
 * of every secret is the number of the latest one: what is torn shows.
 */
export class SecretTree {
  readonly #revisions = new Map<Environment, Revision[]>();
  readonly #bodies = new Map<string, object>();

  constructor(private readonly hasImports: boolean) {
    for (const environment of ENVIRONMENTS) {
      this.#revisions.set(environment, [PLAIN]);
    }
  }

  /** The number of the latest change. */
  latest(environment: Environment): number {
    return FIRST_REVISION + this.revisions(environment).length - 1;
  }

  /** What is special about a revision; undefined for one that never was. */
  revision(environment: Environment, number: number): Revision | undefined {
    return this.revisions(environment)[number - FIRST_REVISION];
  }

  revise(environment: Environment, revision: Revision = PLAIN): void {
    this.revisions(environment).push(revision);
  }

  /** A list as the server sends it; the same object while nothing changes. */
  list(scope: SimulatedScope): {
    readonly etag: string;
    readonly body: object;
  } {
    const latest = this.latest(scope.environment);
    const etag = `"${placeOf(scope)}-${latest}"`;
    let body = this.#bodies.get(etag);
    if (!body) {
      body = listOf(scope, latest, this.hasImports, this.current(scope));
      this.#bodies.set(etag, body);
    }
    return { etag, body };
  }

  private current({ environment }: SimulatedScope): Revision {
    return this.revisions(environment).at(-1) ?? PLAIN;
  }

  private revisions(environment: Environment): Revision[] {
    return this.#revisions.get(environment) ?? [];
  }
}

/** The body of a list. */
export function listOf(
  scope: SimulatedScope,
  number: number,
  hasImports: boolean,
  revision: Revision = PLAIN,
): object {
  const { environment } = scope;
  const secretsIn = (folder: string): object[] =>
    (FOLDERS[folder] ?? [])
      .filter((name) => !(revision.isCut && isFragile(name)))
      .map((secretKey) => ({
        id: secretKey,
        secretKey,
        secretValue: `${revision.isSpoilt && isFragile(secretKey) ? 'spoilt ' : ''}${number}`,
        secretComment: '',
        secretPath: folder,
        secretValueHidden: false,
        environment,
        workspace: 'project',
        version: number,
        type: 'shared',
        tags: [],
        createdAt: WHEN,
        updatedAt: WHEN,
      }));
  const folders = foldersOf(scope);
  const isImporting = hasImports && folders.includes('/');
  return {
    imports: isImporting
      ? [{ environment, secretPath: IMPORTED, secrets: secretsIn(IMPORTED) }]
      : [],
    secrets: folders.flatMap(secretsIn),
  };
}

/** Whether a secret may be removed or spoilt. */
export function isFragile(name: string): boolean {
  return name.endsWith('BETA');
}

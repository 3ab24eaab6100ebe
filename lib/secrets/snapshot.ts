import type { SecretList } from '../client/secret-list.js';
import { mergeImports, nearestFirst } from '../client/secret-list.js';
import type { SecretRecord } from '../client/secret-record.js';
import { isBelow, type Scope } from './scope.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * A change between two snapshots of a scope, without values.
 *
 * @example
 * ```ts
 * secrets.changes$.subscribe(({ name, kind, version }: SecretChange) => {
 *   logger.log(`${name} was ${kind}, version ${version ?? '-'}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface SecretChange {
  readonly name: string;
  readonly kind: 'added' | 'updated' | 'removed';
  /** The scope's folder and environment. */
  readonly scope: { readonly environment: string; readonly path: string };
  /** Absent when removed. */
  readonly version?: number;
  /** Absent when added. */
  readonly previousVersion?: number;
}

/** All secrets of a scope at one moment. Immutable; readers keep a whole generation. */
export class Snapshot {
  readonly #secrets: ReadonlyMap<string, SecretRecord>;
  /** What schemas made of it, while it was not in use yet. */
  readonly #outputs = new WeakMap<StandardSchema, object>();

  constructor(secrets: readonly SecretRecord[]) {
    // The first of equal names wins.
    this.#secrets = new Map(
      [...secrets].reverse().map((secret) => [secret.secretKey, secret]),
    );
  }

  /**
   * The text of a secret.
   *
   * @param schema of the scope: where it makes a text, that is it
   */
  get(name: string, schema?: StandardSchema): string | undefined {
    const made = schema && this.made(name, schema);
    if (typeof made === 'string') return made;
    const secret = this.#secrets.get(name);
    return secret && !secret.secretValueHidden ? secret.secretValue : undefined;
  }

  has(name: string): boolean {
    return this.#secrets.has(name);
  }

  /** All texts by name, as schemas get them. */
  texts(): Record<string, string> {
    const texts = this.keys()
      .map((name) => [name, this.get(name)] as const)
      .filter(([, text]) => text !== undefined);
    return Object.fromEntries(texts) as Record<string, string>;
  }

  /** Keeps what a schema made of the texts. */
  accept(schema: StandardSchema, output: object): void {
    this.#outputs.set(schema, output);
  }

  /** Takes over what schemas made of an earlier snapshot with the same texts. */
  inherit(before: Snapshot, schemas: readonly StandardSchema[]): void {
    for (const schema of schemas) {
      const output = before.output(schema);
      if (output) this.accept(schema, output);
    }
  }

  /** What a schema made of the texts; undefined when it was not asked. */
  output(schema: StandardSchema): object | undefined {
    return this.#outputs.get(schema);
  }

  /** What a schema made under a name. */
  made(name: string, schema: StandardSchema): unknown {
    const output = this.#outputs.get(schema);
    return output && Object.hasOwn(output, name)
      ? (output as Record<string, unknown>)[name]
      : undefined;
  }

  /** True when the name exists, but the identity may not read its value. */
  isHidden(name: string): boolean {
    return this.#secrets.get(name)?.secretValueHidden ?? false;
  }

  /** The server's version of a secret. */
  version(name: string): number | undefined {
    return this.#secrets.get(name)?.version;
  }

  /** Names, in alphabetical order. */
  keys(): string[] {
    return [...this.#secrets.keys()].sort();
  }

  get size(): number {
    return this.#secrets.size;
  }

  /** Names whose values can be read here, and not in `next`. */
  lostIn(next: Snapshot): string[] {
    return this.keys().filter(
      (name) => this.get(name) !== undefined && next.get(name) === undefined,
    );
  }

  /** The same with secrets of an earlier snapshot. */
  keeping(before: Snapshot, names: readonly string[]): Snapshot {
    const kept = names
      .map((name) => before.#secrets.get(name))
      .filter((secret) => secret !== undefined);
    return new Snapshot([...kept, ...this.#secrets.values()]);
  }

  /** What is different in `next`. */
  changesTo(next: Snapshot, scope: Scope): SecretChange[] {
    const { environment, path } = scope;
    const changes: SecretChange[] = [];
    for (const name of new Set([...this.keys(), ...next.keys()])) {
      const before = this.#secrets.get(name);
      const after = next.#secrets.get(name);
      const same =
        before?.secretValue === after?.secretValue &&
        before?.secretValueHidden === after?.secretValueHidden &&
        (before === undefined) === (after === undefined);
      if (same) continue;
      changes.push({
        name,
        kind: !before ? 'added' : !after ? 'removed' : 'updated',
        scope: { environment, path },
        version: after?.version,
        previousVersion: before?.version,
      });
    }
    return changes;
  }
}

/**
 * The snapshot of a scope out of a list that holds it. In a recursive scope
 * the folder nearest to its path wins, then the alphabet; imported secrets
 * come last.
 */
export function snapshotOf(scope: Scope, list: SecretList): Snapshot {
  const own = list.secrets.filter(({ secretPath }) =>
    scope.recursive
      ? isBelow(secretPath, scope.path)
      : secretPath === scope.path,
  );
  return new Snapshot(mergeImports({ ...list, secrets: nearestFirst(own) }));
}

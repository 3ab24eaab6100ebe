import type { SecretProblem } from './missing-secrets.error.js';
import type { Snapshot } from './snapshot.js';

/** Takes over what a snapshot has; tells why not. */
export type TakeOver = () => SecretProblem | undefined;

/** Keeps a value that is made from a snapshot. */
export interface SnapshotReader {
  /** Name of the secret; undefined for one that is made from all of them. */
  readonly name: string | undefined;
  /** Makes the new value, while everyone still sees the old one. Must not throw. */
  prepare(next: Snapshot): TakeOver;
}

/** The readers of a scope. They are not kept alive by it. */
export class SnapshotReaders {
  readonly #readers = new Set<WeakRef<SnapshotReader>>();

  add(reader: SnapshotReader): void {
    this.#readers.add(new WeakRef(reader));
  }

  /** Prepares all readers of these names. */
  prepare(next: Snapshot, names: ReadonlySet<string>): TakeOver[] {
    const ready: TakeOver[] = [];
    for (const reference of this.#readers) {
      const reader = reference.deref();
      if (!reader) this.#readers.delete(reference);
      else if (wants(reader, names)) ready.push(reader.prepare(next));
    }
    return ready;
  }
}

function wants({ name }: SnapshotReader, names: ReadonlySet<string>): boolean {
  return name === undefined ? names.size > 0 : names.has(name);
}

import type { SecretProblem } from './missing-secrets.error.js';
import type { Snapshot } from './snapshot.js';

/** Takes over what a snapshot has; tells why not. */
export type TakeOver = () => SecretProblem | undefined;

/** Keeps a value that is made from a snapshot. */
export interface SnapshotReader {
  /** Whether its value may be another one after changes of these names. */
  concerns(names: ReadonlySet<string>): boolean;
  /** Makes the new value, while everyone still sees the old one. Must not throw. */
  prepare(next: Snapshot): TakeOver;
}

/** The readers of a scope. They are not kept alive by it. */
export class SnapshotReaders {
  readonly #readers = new Set<WeakRef<SnapshotReader>>();

  add(reader: SnapshotReader): void {
    this.#readers.add(new WeakRef(reader));
  }

  /** Prepares all readers that changes of these names concern. */
  prepare(next: Snapshot, names: ReadonlySet<string>): TakeOver[] {
    const ready: TakeOver[] = [];
    if (names.size === 0) return ready;
    for (const reference of this.#readers) {
      const reader = reference.deref();
      if (!reader) this.#readers.delete(reference);
      else if (reader.concerns(names)) ready.push(reader.prepare(next));
    }
    return ready;
  }
}

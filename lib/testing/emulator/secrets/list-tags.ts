import { createHash } from 'node:crypto';
import type { Caller } from '../auth/auth-gate.js';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';

/** Life of an entry, in ms. */
const LIFE = 900_000;
const CAPACITY = 10_000;

interface Entry {
  readonly tag: string;
  readonly until: number;
  readonly revision: number;
}

/**
 * The entity tags of lists that were answered: per project, day, caller with
 * permissions, and parameters (contract: secrets §2.5). A write drops them.
 */
export class ListTags {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly store: Store) {}

  key(caller: Caller, project: Project, parameters: object): string {
    const { id, roles } = caller.identity;
    const day = this.store.now().toISOString().slice(0, 10);
    const rights = roles.get(project.id);
    return hash(JSON.stringify([project.id, day, id, rights, parameters]));
  }

  /** Whether a header is, byte for byte, the tag that was answered last. */
  matches(key: string, header: string | undefined): boolean {
    const entry = header === undefined ? undefined : this.entries.get(key);
    return (
      entry?.tag === header &&
      entry !== undefined &&
      entry.until > this.store.clock.monotonic() &&
      entry.revision === this.store.changes.revision
    );
  }

  /** The tag of an answer, remembered. */
  remember(key: string, answer: string): string {
    const { clock, changes } = this.store;
    const tag = `"${hash(answer)}"`;
    if (this.entries.size >= CAPACITY) this.entries.clear();
    const until = clock.monotonic() + LIFE;
    this.entries.set(key, { tag, until, revision: changes.revision });
    return tag;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

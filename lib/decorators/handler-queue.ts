import type { SecretChange } from '../secrets/snapshot.js';

/** Calls one method with changes, one call at a time. What comes meanwhile is put together. */
export class HandlerQueue {
  readonly #pending = new Map<object, Map<string, SecretChange>>();
  #running: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param call the method
   * @param onError hears what it throws
   */
  constructor(
    private readonly call: (changes: SecretChange[]) => unknown,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The call that is under way, if any. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /**
   * Adds changes that the method has not been told of.
   *
   * @param source what the changes are of; those of different sources stay apart
   */
  add(changes: readonly SecretChange[], source: object): void {
    const pending =
      this.#pending.get(source) ?? new Map<string, SecretChange>();
    this.#pending.set(source, pending);
    for (const change of changes) {
      const known = pending.get(change.name);
      const merged = known ? merge(known, change) : change;
      pending.delete(change.name);
      if (merged) pending.set(change.name, merged);
    }
  }

  /** Tells the method what there is, after the current step. */
  start(): void {
    this.#running ??= this.run().finally(() => (this.#running = undefined));
  }

  /** Calls it no more. */
  close(): void {
    this.#isClosed = true;
  }

  private async run(): Promise<void> {
    // Everyone is told of the new values first.
    await Promise.resolve();
    for (
      let changes = this.take();
      changes.length > 0 && !this.#isClosed;
      changes = this.take()
    ) {
      try {
        await this.call(changes);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  private take(): SecretChange[] {
    const changes = [...this.#pending.values()].flatMap((of) => [
      ...of.values(),
    ]);
    this.#pending.clear();
    return changes;
  }
}

/** Two changes of one name as one; undefined when nothing is left of them. */
function merge(
  before: SecretChange,
  after: SecretChange,
): SecretChange | undefined {
  const { previousVersion } = before;
  if (before.kind !== 'added') {
    const kind = after.kind === 'removed' ? 'removed' : 'updated';
    return { ...after, kind, previousVersion };
  }
  return after.kind === 'removed'
    ? undefined
    : { ...after, kind: 'added', previousVersion };
}

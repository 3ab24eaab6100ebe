import { Broadcast } from '../common/broadcast.js';

interface Hold {
  readonly onDeadline: (() => void) | undefined;
}

interface Generation {
  readonly leaseId: string;
  /** Monotonic milliseconds. */
  expiresAt: number;
  readonly holds: Set<Hold>;
  /** Others are in use. */
  isOld: boolean;
  /** Every handler has changed over. */
  isHandled: boolean;
  /** The deadline was told. */
  isCut: boolean;
  /** Somebody revokes it, or it is left to its own end. */
  isLeft: boolean;
}

/**
 * The leases behind a managed lease that are not revoked: the one in use, its
 * successor, and old ones that consumers have not let go of.
 */
export class LeaseGenerations {
  readonly #known = new Map<number, Generation>();
  readonly #released = new Broadcast();

  /**
   * @param skew how long before their end the holders of old ones are told, in milliseconds
   * @param onFree called with each old generation that nobody holds any more
   */
  constructor(
    private readonly skew: number,
    private readonly onFree: (generation: number, leaseId: string) => void,
  ) {}

  add(generation: number, leaseId: string, expiresAt: number): void {
    this.#known.set(generation, {
      leaseId,
      expiresAt,
      holds: new Set(),
      isOld: false,
      isHandled: false,
      isCut: false,
      isLeft: false,
    });
  }

  extend(generation: number, expiresAt: number): void {
    const known = this.#known.get(generation);
    if (known) known.expiresAt = expiresAt;
  }

  /** Others are in use from now on. */
  retire(generation: number): void {
    const known = this.#known.get(generation);
    if (known) known.isOld = true;
  }

  /** All handlers have changed over. */
  handled(generation: number): void {
    const known = this.#known.get(generation);
    if (!known) return;
    known.isHandled = true;
    this.check(generation, known);
  }

  /** It ends by itself: somebody could not change over. */
  leave(generation: number): void {
    const known = this.#known.get(generation);
    if (known) known.isLeft = true;
  }

  /** @returns how to let go */
  hold(generation: number, onDeadline?: () => void): () => void {
    const known = this.#known.get(generation);
    if (!known) {
      // Its lease is over.
      if (onDeadline) queueMicrotask(onDeadline);
      return () => undefined;
    }
    const hold: Hold = { onDeadline };
    known.holds.add(hold);
    return () => {
      if (!known.holds.delete(hold)) return;
      this.#released.fire();
      this.check(generation, known);
    };
  }

  /** Leases that were created and not revoked. */
  get leaseIds(): string[] {
    return [...this.#known.values()].map(({ leaseId }) => leaseId);
  }

  forget(leaseId: string): void {
    for (const [generation, known] of this.#known) {
      if (known.leaseId === leaseId) this.#known.delete(generation);
    }
  }

  /** Resolves when nobody holds anything. */
  async whenReleased(signal: AbortSignal): Promise<void> {
    while ([...this.#known.values()].some(({ holds }) => holds.size > 0)) {
      await this.#released.wait(signal);
    }
  }

  /** When holders of old credentials have to be told, or are to be forgotten. */
  get wakeAt(): number | undefined {
    const moments = [...this.#known.values()]
      .filter(({ isOld }) => isOld)
      .map(({ expiresAt, isCut }) =>
        isCut ? expiresAt : expiresAt - this.skew,
      );
    return moments.length > 0 ? Math.min(...moments) : undefined;
  }

  /**
   * Tells holders of old credentials that end, and forgets those that have
   * ended: the server revokes them by itself.
   *
   * @returns how many holders there were to tell
   */
  tick(now: number): number {
    let survivors = 0;
    for (const [generation, known] of this.#known) {
      if (!known.isOld) continue;
      if (!known.isCut && now >= known.expiresAt - this.skew) {
        known.isCut = true;
        survivors += known.holds.size;
        for (const { onDeadline } of [...known.holds]) onDeadline?.();
      }
      if (now >= known.expiresAt) {
        this.#known.delete(generation);
        known.holds.clear();
        this.#released.fire();
      }
    }
    return survivors;
  }

  /** Tells all who hold something that it ends now. */
  cut(): void {
    for (const { holds } of this.#known.values()) {
      for (const { onDeadline } of [...holds]) onDeadline?.();
    }
  }

  private check(generation: number, known: Generation): void {
    const { isOld, isHandled, isLeft, holds, leaseId } = known;
    if (!isOld || !isHandled || isLeft || holds.size > 0) return;
    if (this.#known.get(generation) !== known) return;
    known.isLeft = true;
    this.onFree(generation, leaseId);
  }
}

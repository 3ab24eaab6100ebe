import type { InfisicalRateLimitError } from './errors.js';

/** What an observer is told of a call. No secret, folder or id is named in it, and there is no query and no body. */
export interface ObservedCall {
  /** As the caller knows it: `secrets.get`. */
  readonly operation: string;
  readonly method: string;
  /** With `{id}` in place of every id and name; absent for a path that was handed in. */
  readonly route?: string;
  /** The address of the server. */
  readonly site: URL;
}

/** What happens in a call. */
export interface CallProgress {
  /** The server's limit holds the next try up; the error says for how long. */
  heldUp(error: InfisicalRateLimitError): void;
  /** The server answered the latest try. */
  answered(status: number): void;
  /** The latest try failed, and there will be another one. */
  retrying(error: unknown): void;
}

/** Watches calls, for tracing and measuring. */
export interface CallObserver {
  /**
   * Runs a call with all its tries. It must return, or throw, what the work
   * does, and must not throw by itself.
   */
  observe<T>(
    call: ObservedCall,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T>;
}

/** Progress that nobody watches. */
const UNWATCHED: CallProgress = {
  heldUp: () => undefined,
  answered: () => undefined,
  retrying: () => undefined,
};

/** Those who watch a client. Without any, a call is made as if there were none of this. */
export class CallObservers {
  readonly #observers = new Set<CallObserver>();

  /** Adds an observer, and returns how to remove it. */
  add(observer: CallObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Runs a call under the eyes of all. */
  run<T>(
    call: () => ObservedCall,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T> {
    if (this.#observers.size === 0) return work(UNWATCHED);
    const observed = call();
    const watched = [...this.#observers].reduce(
      (inner, observer) => (outer: CallProgress) =>
        observer.observe(observed, (own) => inner(both(outer, own))),
      work,
    );
    return watched(UNWATCHED);
  }
}

function both(one: CallProgress, other: CallProgress): CallProgress {
  return {
    heldUp(error) {
      one.heldUp(error);
      other.heldUp(error);
    },
    answered(status) {
      one.answered(status);
      other.answered(status);
    },
    retrying(error) {
      one.retrying(error);
      other.retrying(error);
    },
  };
}

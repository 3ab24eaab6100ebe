import { setMaxListeners } from 'node:events';
import type { Clock } from '../common/clock.js';
import { InfisicalTimeoutError } from './errors.js';

/** How long something may take, and how to say so. */
export interface Deadline {
  /** Milliseconds. */
  readonly ms: number;
  readonly of: 'one try' | 'one call' | 'this call';
  /** The option that sets it. */
  readonly option: string;
}

/** What a signal says besides that it ends. */
interface SignalFacts {
  /** Monotonic milliseconds. */
  readonly endsAt: number;
  readonly isBackground: boolean;
}

const facts = new WeakMap<AbortSignal, SignalFacts>();

/** When a deadline ends the signal, in monotonic milliseconds; Infinity without one. */
export function endOf(signal: AbortSignal): number {
  return facts.get(signal)?.endsAt ?? Infinity;
}

/** Whether nobody waits for the work that the signal ends. */
export function isOfBackground(signal: AbortSignal): boolean {
  return facts.get(signal)?.isBackground ?? false;
}

/** A signal that ends with another one, of work that nobody waits for. */
export function backgroundSignal(outer: AbortSignal): AbortSignal {
  const signal = AbortSignal.any([outer]);
  setMaxListeners(0, signal);
  facts.set(signal, { endsAt: endOf(outer), isBackground: true });
  return signal;
}

/**
 * Runs work that ends with the deadline, or before it with the outer signal.
 *
 * @param origin of the server, for the message
 * @throws InfisicalTimeoutError as the signal's reason
 */
export async function withinDeadline<T>(
  { ms, of, option }: Deadline,
  { clock, origin }: { readonly clock: Clock; readonly origin: string },
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onOuterAbort = (): void => controller.abort(outer?.reason);
  facts.set(controller.signal, {
    endsAt: Math.min(clock.monotonic() + ms, outer ? endOf(outer) : Infinity),
    isBackground: outer !== undefined && isOfBackground(outer),
  });
  // One signal may end any number of calls; that is no leak to warn about.
  if (outer) setMaxListeners(Infinity, outer);
  if (outer?.aborted) onOuterAbort();
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  const timer = clock.setTimeout(() => {
    controller.abort(
      new InfisicalTimeoutError(
        `No complete answer from ${origin} within ${ms} ms (deadline of ${of}). Check that the server is up and reachable, or raise \`${option}\`.`,
        ms,
      ),
    );
  }, ms);
  try {
    return await work(controller.signal);
  } finally {
    clock.clearTimeout(timer);
    outer?.removeEventListener('abort', onOuterAbort);
  }
}

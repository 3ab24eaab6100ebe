/** What ends a process that has not said otherwise, and may be waited for. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** An app, or a part of one, that is not yet under the care of Nest's shutdown hooks. */
export interface Beginner {
  /** Whether there is something to give back. */
  readonly hasTraces: boolean;
  /** Whether it waits for something now. */
  readonly isBusy: boolean;
  /** Ends it, and gives back what it has. */
  end(signal: string): Promise<void>;
}

const beginners = new Set<Beginner>();

/** Those that are being ended; more signals change nothing. */
let ending: Promise<void> | undefined;

/**
 * Looks after an app until it has started. Nest listens to signals only when
 * `enableShutdownHooks()` was called, which an app that hangs in its creation
 * never comes to; the signal would end it with its token and leases alive.
 *
 * Where there is nothing to give back, the signal ends the process at once, as
 * it does without this. Where others listen to it, they end the process, and
 * also the app, unless it is still busy with its start.
 *
 * @returns how to stop that
 */
export function whileItStarts(beginner: Beginner): () => void {
  if (beginners.size === 0) listen();
  beginners.add(beginner);
  return () => {
    if (!beginners.delete(beginner) || beginners.size > 0) return;
    // Until the process ends, so that a second signal does not end it half-way.
    if (!ending) listenNoMore();
  };
}

function listen(): void {
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function listenNoMore(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  ending ??= end(signal).finally(() => (ending = undefined));
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const isOthers = process.listeners(signal).some((one) => one !== onSignal);
  const all = [...beginners].filter(
    ({ hasTraces, isBusy }) => (isBusy || !isOthers) && (hasTraces || isOthers),
  );
  await Promise.allSettled(all.map((beginner) => beginner.end(signal)));
  if (isOthers) {
    if (beginners.size === 0) listenNoMore();
    return;
  }
  listenNoMore();
  process.kill(process.pid, signal);
}

import type { Random } from '../common/random.js';

/** The numbers of event streams. Milliseconds. */
export const PUSH_POLICY = {
  /** Wait after the first stream that broke; doubles with each one after it. */
  firstWait: 1_000,
  /** The longest wait between two tries. */
  longestWait: 300_000,
  /** A stream that lived this long was a good one, and the waits begin anew. */
  healthy: 300_000,
  /** Tries that may follow each other, as the waits allow. */
  burst: 10,
  /** One more try after each of these: at most 40 in any hour, however streams end. */
  refill: 120_000,
  /** Streams that broke in a row until someone is told. */
  patience: 5,
  /** Streams of one root, each of which holds a connection; scopes of more environments are refreshed at intervals only. */
  streams: 4,
} as const;

/** Milliseconds to wait after a number of streams that broke in a row; from half of the bound to all of it, so that replicas come apart. */
export function reconnectDelay(failures: number, random: Random): number {
  const { firstWait, longestWait } = PUSH_POLICY;
  const bound = Math.min(longestWait, firstWait * 2 ** (failures - 1));
  return (bound * (1 + random())) / 2;
}

import type { Clock } from 'nestjs-infisical';
import { delay } from '../../lib/common/clock.js';

/** How transactions are done, by one of the ways to use a pool. */
export interface Database {
  /** Begins, writes, waits, reads and commits. */
  transact(wait: () => Promise<void>): Promise<void>;
  /** Of which some are checked out or waited for. */
  readonly waiting?: () => number;
  close(): Promise<unknown>;
}

/** What came of the transactions. */
export interface Outcome {
  done: number;
  failed: number;
  /** The longest one with its checkout, beyond what it was meant to last, in milliseconds. */
  longestDelay: number;
  readonly codes: Set<string>;
}

/** Transactions from here to there, in milliseconds; short ones are the most. */
const SHORTEST = 10;
const LONGEST = 2_000;

/** All workers begin one within this time … */
const SPREAD = 3_000;
/** … every so many milliseconds. More of them than connections meet then. */
const ROUND = 15_000;

/** Numbers that look random, and are the same each time. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/**
 * Transactions of 10 ms to 2 s by several workers, until told to end.
 *
 * @returns resolves when the last one has ended
 */
export function startLoad(
  database: Database,
  clock: Clock,
  workers: number,
  isOn: () => boolean,
  random = seededRandom(7),
): { readonly outcome: Outcome; readonly ended: Promise<void> } {
  const outcome: Outcome = {
    done: 0,
    failed: 0,
    longestDelay: 0,
    codes: new Set(),
  };
  const transaction = async (): Promise<void> => {
    const length = SHORTEST * (LONGEST / SHORTEST) ** random();
    const begun = clock.monotonic();
    try {
      await database.transact(() => delay(clock, length));
      outcome.done++;
    } catch (error) {
      outcome.failed++;
      const { code, message } = error as Error & { code?: string };
      outcome.codes.add(code ?? message);
    }
    const late = clock.monotonic() - begun - length;
    outcome.longestDelay = Math.max(outcome.longestDelay, late);
  };
  const worker = async (): Promise<void> => {
    while (isOn()) {
      const begun = clock.monotonic();
      await delay(clock, random() * SPREAD);
      await transaction();
      const left = begun + ROUND - clock.monotonic();
      if (left > 0) await delay(clock, left);
    }
  };
  const all = Array.from({ length: workers }, worker);
  return { outcome, ended: Promise.all(all).then(() => undefined) };
}

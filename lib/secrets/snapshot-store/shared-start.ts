import { randomUUID } from 'node:crypto';
import { type Clock, delay } from '../../common/clock.js';
import type { Random } from '../../common/random.js';
import type { ResolvedSnapshotShare } from './snapshot-store.options.js';
import type { StoredList } from './stored-list.js';

/** Spread of the first look for a turn, so that replicas that start together do not all find it free. Milliseconds. */
const SPREAD = 500;

/** Time until a replica looks whether the turn it took is still its own: by then all who took it at the same moment have written. Milliseconds. */
const SETTLE = 100;

/** Time between two looks for the list of another replica, ± half of it. Milliseconds. */
const POLL = 250;

/** How long a turn is respected: a list that is slow, with a second try. Milliseconds. */
const TURN = 10_000;

/** What the replicas of a fleet see of each other for one scope. */
export interface FleetView {
  /** The list that another replica got lately. */
  list(): Promise<StoredList | undefined>;
  /** The word of who has its turn. */
  turn(): Promise<unknown>;
  setTurn(word: string, ttl: number): Promise<void>;
}

/**
 * Waits for a list that another replica gets, or for the turn to get it. Stores
 * have no locks in common, so two may have a turn at once: that costs a
 * request, and no more, since each list is whole and sealed.
 *
 * @returns undefined when this replica is to ask the server
 */
export async function listOrTurn(
  fleet: FleetView,
  { wait }: ResolvedSnapshotShare,
  clock: Clock,
  random: Random,
  signal: AbortSignal,
): Promise<StoredList | undefined> {
  const me = randomUUID();
  // Replicas whose patience ends do not ask together either.
  const end = clock.monotonic() + wait * (1 + random());
  const first = await fleet.list();
  if (first) return first;
  await delay(clock, SPREAD * random(), signal);
  while (clock.monotonic() < end) {
    const list = await fleet.list();
    if (list) return list;
    if (isTaken(await fleet.turn(), clock)) {
      await delay(clock, POLL * (0.5 + random()), signal);
      continue;
    }
    const word = `${me}.${Math.floor(clock.now() + TURN)}`;
    await fleet.setTurn(word, TURN);
    await delay(clock, SETTLE, signal);
    if ((await fleet.turn()) === word) return undefined;
  }
  return undefined;
}

/** Whether another one's turn has not ended. One that ends too late is not believed. */
function isTaken(word: unknown, clock: Clock): boolean {
  const until = typeof word === 'string' ? Number(word.split('.')[1]) : NaN;
  const left = until - clock.now();
  return left > 0 && left <= 2 * TURN;
}

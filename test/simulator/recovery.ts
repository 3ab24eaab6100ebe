import { isWindow, type Schedule, type ScheduledEvent } from './schedule.js';
import { STATED } from './stated-limits.js';

/** Answers of any fault that is over arrive within this time: a slow one, and the latency. */
const LATE_ANSWERS = 20_000;

/** Longest time from the last fault until all is well. Milliseconds. */
export function recoveryOf({
  events,
  refreshInterval,
  server,
}: Schedule): number {
  const refused = events.some(
    ({ kind }) => kind === 'wrong-credentials' || kind === 'locked-by-others',
  );
  const hold = refused ? STATED.refusedMax : STATED.backoffMax;
  const wait = Math.max(refreshInterval, STATED.listBackoffMax);
  const round = wait * (1 + STATED.refreshSpread);
  const limited = server.rateLimit > 0 ? 60_000 : 0;
  const calls = LATE_ANSWERS + 2 * STATED.callDeadline;
  return hold + round + calls + limited + STATED.restart;
}

export function endOf(event: ScheduledEvent): number {
  return isWindow(event) ? event.until : event.at;
}

import { matchesGlob } from '../access/glob.js';
import type { EmulatorRequest, EmulatorRequestFilter } from '../options.js';

const CAPACITY = 10_000;

/** What is known of a request when it comes in. */
export type RequestStart = Pick<
  EmulatorRequest,
  'method' | 'path' | 'route' | 'query' | 'startedAt'
>;

/** What is known when it is over. */
export type RequestEnd = Pick<
  EmulatorRequest,
  'status' | 'finishedAt' | 'identityId' | 'trouble'
>;

/**
 * A request with its place in the order of events: time may stand still, so
 * that times alone do not tell what overlapped.
 */
interface Witnessed {
  readonly start: RequestStart;
  readonly began: number;
  ended: number;
  entry: EmulatorRequest | undefined;
}

/** Remembers the last requests: what was asked and answered, no contents. */
export class RequestLog {
  private finished: Witnessed[] = [];
  private readonly running = new Map<object, Witnessed>();
  private order = 0;

  begin(request: object, start: RequestStart): void {
    const began = this.order++;
    const one = { start, began, ended: Infinity, entry: undefined };
    this.running.set(request, one);
  }

  /** The answer of a request is known; it goes on until `close`, if `stays`. */
  end(request: object, end: RequestEnd, stays = false): void {
    const one = this.running.get(request);
    if (!one || one.entry) return;
    one.entry = Object.freeze({ ...one.start, ...end });
    this.finished.push(one);
    if (this.finished.length > CAPACITY) this.finished.shift();
    if (!stays) this.close(request);
  }

  /** Nothing more happens to the request. */
  close(request: object): void {
    const one = this.running.get(request);
    if (!one) return;
    one.ended = this.order++;
    this.running.delete(request);
  }

  isRunning(request: object): boolean {
    return this.running.has(request);
  }

  all(): readonly EmulatorRequest[] {
    return this.finished.map(({ entry }) => entry as EmulatorRequest);
  }

  count(filter: EmulatorRequestFilter): number {
    return this.finished.filter((one) => fits(one, filter)).length;
  }

  /** The most fitting requests that were under way at once. */
  peakConcurrency(filter: EmulatorRequestFilter): number {
    const known = new Set([...this.finished, ...this.running.values()]);
    const steps = [...known]
      .filter((one) => fits(one, filter))
      .flatMap(({ began, ended }) => [
        { at: began, step: 1 },
        { at: ended, step: -1 },
      ])
      .sort((a, b) => a.at - b.at);
    let now = 0;
    let peak = 0;
    for (const { step } of steps) peak = Math.max(peak, (now += step));
    return peak;
  }

  /** Forgets what is over; what is under way will be there later. */
  clear(): void {
    this.finished = [];
  }
}

function fits(
  { start, entry }: Witnessed,
  { method, route, path, status, identityId }: EmulatorRequestFilter,
): boolean {
  return (
    (method === undefined || method.toUpperCase() === start.method) &&
    (route === undefined || route === start.route) &&
    (path === undefined || matchesGlob(start.path, path)) &&
    (status === undefined || status === entry?.status) &&
    (identityId === undefined || identityId === entry?.identityId)
  );
}

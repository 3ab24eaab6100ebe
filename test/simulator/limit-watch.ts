import { isList, isTokenRequest, routeOf } from './requests.js';
import type { TransportRequest } from '../../lib/http/transport.js';

/** What an answer told of a window. */
interface Told {
  readonly endsAt: number;
  left: number;
}

/** Ends of one window that two answers tell, in whole seconds. Milliseconds. */
const SAME_END = 2_000;

/** Knows what the client was told of the limits of each route. */
export class LimitWatch {
  readonly #told = new Map<string, Told>();

  /** @returns what is wrong with sending it now */
  sent(request: TransportRequest, now: number): string | undefined {
    // What the app asks for by itself is its own affair.
    if (!isList(request) && !isTokenRequest(request)) return undefined;
    const told = this.#told.get(routeOf(request));
    if (!told || now >= told.endsAt) return undefined;
    return --told.left < 0
      ? `${routeOf(request)}, ${Math.round(told.endsAt - now)} ms before its window ends`
      : undefined;
  }

  answered(
    request: TransportRequest,
    headers: Readonly<Record<string, string>>,
    now: number,
  ): void {
    const {
      'retry-after': wait,
      'x-ratelimit-remaining': left,
      'x-ratelimit-reset': reset,
    } = headers;
    const route = routeOf(request);
    if (wait !== undefined) this.note(route, now + Number(wait) * 1000, 0);
    else if (left !== undefined) {
      this.note(route, now + Number(reset) * 1000, Number(left));
    } else {
      // A gateway answered: nobody told that the server had counted it.
      this.unsent(request);
    }
  }

  /** The server did not get it. */
  unsent(request: TransportRequest): void {
    const told = this.#told.get(routeOf(request));
    if (told) told.left++;
  }

  private note(route: string, endsAt: number, left: number): void {
    const known = this.#told.get(route);
    const isSame = known !== undefined && endsAt <= known.endsAt + SAME_END;
    const least = isSame ? Math.min(known.left, left) : left;
    this.#told.set(route, { endsAt, left: least });
  }
}

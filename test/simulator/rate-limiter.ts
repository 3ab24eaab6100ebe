import type { ServerSettings } from './schedule.js';

/** What the limiter says of a request. */
export interface Verdict {
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds until there is room again, where there is none. */
  readonly wait?: number;
}

const WINDOW = 60_000;

/** A bucket for each method and route, which begins with its first request (contract: auth §9). */
export class RateLimiter {
  readonly #windows = new Map<string, { endsAt: number; count: number }>();

  count(route: string, now: number, settings: ServerSettings): Verdict {
    const { rateLimit: limit, othersLoad, limitsAreTold } = settings;
    if (limit === 0) return { headers: {} };
    let window = this.#windows.get(route);
    if (!window || now >= window.endsAt) {
      window = { endsAt: now + WINDOW, count: othersLoad };
      this.#windows.set(route, window);
    }
    window.count++;
    const left = Math.max(0, limit - window.count);
    const wait = Math.ceil((window.endsAt - now) / 1000);
    const told = limitsAreTold && {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(left),
      'x-ratelimit-reset': String(wait),
    };
    return window.count <= limit
      ? { headers: { ...told } }
      : { headers: { ...told, 'retry-after': String(wait) }, wait };
  }
}

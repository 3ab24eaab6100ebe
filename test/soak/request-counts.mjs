const MINUTE = 60;

/** What a request is for; undefined for what is not counted. */
function kindOf({ method, path }) {
  if (path === '/api/v4/secrets' && method === 'GET') return 'lists';
  if (path.endsWith('/login') || path.endsWith('/token/renew')) return 'tokens';
  if (path.startsWith('/api/v1/events/')) return 'streams';
  return undefined;
}

/** Counts the requests of a server, and finds the busiest minute. */
export class RequestCounts {
  /** Most of a kind in any minute. */
  peaks = { lists: 0, tokens: 0, streams: 0 };
  logins = 0;
  renewals = 0;
  /** Seconds since the last renewal. */
  sinceRenewal = 0;
  all = 0;
  #emulator;
  /** Counts of the last minute, by second. */
  #seconds = [];
  #timer;

  constructor(emulator) {
    this.#emulator = emulator;
    this.#timer = setInterval(() => this.#count(), 1000);
  }

  stop() {
    clearInterval(this.#timer);
    this.#count();
  }

  #count() {
    const second = { lists: 0, tokens: 0, streams: 0 };
    for (const request of this.#emulator.requests) {
      const { path, status } = request;
      this.all++;
      if (status === 200 && path.endsWith('/login')) this.logins++;
      if (status === 200 && path.endsWith('/token/renew')) {
        this.renewals++;
        this.sinceRenewal = 0;
      }
      const kind = kindOf(request);
      if (kind) second[kind]++;
    }
    this.sinceRenewal++;
    this.#emulator.clearRequests();
    this.#seconds.push(second);
    if (this.#seconds.length > MINUTE) this.#seconds.shift();
    for (const kind of Object.keys(this.peaks)) {
      const sum = this.#seconds.reduce((total, one) => total + one[kind], 0);
      this.peaks[kind] = Math.max(this.peaks[kind], sum);
    }
  }
}

import { performance } from 'node:perf_hooks';

/** The real clock, which knows how many timers of the app are pending. */
export class CountingClock {
  #pending = new Set();

  get pending() {
    return this.#pending.size;
  }

  now() {
    return Date.now();
  }

  monotonic() {
    return performance.now();
  }

  setTimeout(callback, delay, options) {
    const fire = () => {
      this.#pending.delete(timer);
      callback();
    };
    const timer = setTimeout(fire, Math.ceil(delay));
    if (options?.background) timer.unref();
    this.#pending.add(timer);
    return timer;
  }

  clearTimeout(timer) {
    clearTimeout(timer);
    this.#pending.delete(timer);
  }
}

import type { EmulatorRequest } from '../options.js';

const CAPACITY = 10_000;

/** Remembers the last requests: what was asked and answered, no contents. */
export class RequestLog {
  private entries: EmulatorRequest[] = [];

  add(entry: EmulatorRequest): void {
    this.entries.push(Object.freeze(entry));
    if (this.entries.length > CAPACITY) this.entries.shift();
  }

  all(): readonly EmulatorRequest[] {
    return [...this.entries];
  }

  clear(): void {
    this.entries = [];
  }
}

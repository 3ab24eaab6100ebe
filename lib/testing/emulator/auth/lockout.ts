import type { Clock } from '../../../common/clock.js';
import type { LockoutPolicy } from '../state/auth-models.js';

interface Failures {
  count: number;
  locked: boolean;
  /** Clock time in ms after which all is forgotten. */
  until: number;
}

/** Counts failed logins by key (contract: auth §2.3). */
export class Lockout {
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {}

  isLocked(key: string): boolean {
    return this.current(key)?.locked ?? false;
  }

  fail(key: string, policy: LockoutPolicy): void {
    if (!policy.lockoutEnabled) return;
    const count = (this.current(key)?.count ?? 0) + 1;
    const locked = count >= policy.lockoutThreshold;
    const seconds = locked
      ? policy.lockoutDurationSeconds
      : policy.lockoutCounterResetSeconds;
    this.failures.set(key, {
      count,
      locked,
      until: this.clock.now() + seconds * 1000,
    });
  }

  clear(key: string): void {
    this.failures.delete(key);
  }

  private current(key: string): Failures | undefined {
    const failures = this.failures.get(key);
    return failures && this.clock.now() < failures.until ? failures : undefined;
  }
}

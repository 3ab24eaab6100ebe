import type { Clock } from '../../../common/clock.js';
import type { UniversalAuth } from '../state/models.js';

interface Failures {
  count: number;
  locked: boolean;
  /** Clock time in ms after which all is forgotten. */
  until: number;
}

/** Counts failed logins of a client id (contract: auth §2.3). */
export class Lockout {
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {}

  isLocked(auth: UniversalAuth): boolean {
    return this.current(auth)?.locked ?? false;
  }

  fail(auth: UniversalAuth): void {
    if (!auth.lockoutEnabled) return;
    const count = (this.current(auth)?.count ?? 0) + 1;
    const locked = count >= auth.lockoutThreshold;
    const seconds = locked
      ? auth.lockoutDurationSeconds
      : auth.lockoutCounterResetSeconds;
    this.failures.set(auth.clientId, {
      count,
      locked,
      until: this.clock.now() + seconds * 1000,
    });
  }

  clear(auth: UniversalAuth): void {
    this.failures.delete(auth.clientId);
  }

  private current(auth: UniversalAuth): Failures | undefined {
    const failures = this.failures.get(auth.clientId);
    return failures && this.clock.now() < failures.until ? failures : undefined;
  }
}

import { jitter } from '../../../common/random.js';
import type { TimerHandle } from '../../../common/clock.js';
import type { Background } from '../background.js';
import type { EmulatorLease } from '../options.js';
import type { Store } from '../state/store.js';
import type { Lease } from './models.js';
import type { ProviderFaults } from './provider-faults.js';

const HOUR = 60 * 60 * 1000;
const RETRY_DELAY = 4 * HOUR;
const MAX_RETRIES = 10;
const RETRY_LIFE = 23 * HOUR;

interface Scheduled {
  timer: TimerHandle | undefined;
  retries: number;
  firstFailure: number | undefined;
}

/** All leases, with the timers that end them (contract: leases §3.3). */
export class LeaseStore {
  private readonly leases = new Map<string, Lease>();
  private readonly schedule = new Map<string, Scheduled>();

  constructor(
    private readonly store: Store,
    private readonly background: Background,
    private readonly faults: ProviderFaults,
  ) {}

  add(lease: Lease): void {
    this.leases.set(lease.id, lease);
    lease.dynamicSecret.leases.set(lease.id, lease);
    this.schedule.set(lease.id, {
      timer: undefined,
      retries: 0,
      firstFailure: undefined,
    });
    this.arm(lease);
  }

  get(id: string): Lease | undefined {
    return this.leases.get(id.toLowerCase());
  }

  remove(lease: Lease): void {
    this.disarm(lease);
    this.schedule.delete(lease.id);
    this.leases.delete(lease.id);
    lease.dynamicSecret.leases.delete(lease.id);
  }

  /** Ends the lease at its `expireAt`, replacing an earlier timer. */
  arm(lease: Lease): void {
    this.setTimer(lease, lease.expireAt.getTime() - this.store.clock.now());
  }

  /**
   * Revokes at the provider. A failure keeps the lease, with its status, and
   * is tried again later; the error is handed back.
   */
  async revoke(lease: Lease): Promise<Error | undefined> {
    this.disarm(lease);
    const failure = await this.revokeAtProvider(lease);
    if (!failure) {
      this.remove(lease);
      return undefined;
    }
    lease.fail(failure, this.store.now());
    this.retryLater(lease);
    return failure;
  }

  /** Revokes at the provider as well as it goes, and forgets the lease. */
  async revokeForced(lease: Lease): Promise<void> {
    await this.revokeAtProvider(lease);
    this.remove(lease);
  }

  /** Revokes everything that is outstanding and stops all timers. */
  async revokeAll(): Promise<void> {
    await Promise.all([...this.leases.values()].map((one) => this.revoke(one)));
    this.disarmAll();
  }

  disarmAll(): void {
    for (const lease of this.leases.values()) this.disarm(lease);
  }

  all(): EmulatorLease[] {
    return [...this.leases.values()].map((lease) => ({
      id: lease.id,
      dynamicSecretName: lease.dynamicSecret.name,
      expireAt: new Date(lease.expireAt),
      status: lease.status,
    }));
  }

  private async revokeAtProvider(lease: Lease): Promise<Error | undefined> {
    try {
      const { provider, name } = lease.dynamicSecret.settings;
      this.faults.check('revoke', name);
      await provider.revoke(lease.externalEntityId);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  private retryLater(lease: Lease): void {
    const scheduled = this.schedule.get(lease.id);
    if (!scheduled) return;
    const now = this.store.clock.now();
    scheduled.firstFailure ??= now;
    scheduled.retries++;
    const delay = jitter(RETRY_DELAY, 0.2, Math.random);
    const isOver =
      scheduled.retries > MAX_RETRIES ||
      now + delay > scheduled.firstFailure + RETRY_LIFE;
    if (isOver) return;
    // A credential that is still good ends at its expiry at the latest.
    const left = lease.expireAt.getTime() - now;
    this.setTimer(lease, left > 0 ? Math.min(left, delay) : delay);
  }

  private setTimer(lease: Lease, delay: number): void {
    this.disarm(lease);
    const scheduled = this.schedule.get(lease.id);
    if (!scheduled) return;
    scheduled.timer = this.store.clock.setTimeout(
      () => this.background.run(() => this.revoke(lease)),
      Math.max(0, delay),
      { background: true },
    );
  }

  private disarm(lease: Lease): void {
    const scheduled = this.schedule.get(lease.id);
    if (scheduled?.timer) this.store.clock.clearTimeout(scheduled.timer);
    if (scheduled) scheduled.timer = undefined;
  }
}

import { randomUUID } from 'node:crypto';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { LeaseWithCredentials } from '../client/lease-record.js';
import type { LeaseScopeOptions } from '../client/leases.api.js';
import type { Clock } from '../common/clock.js';
import { toMilliseconds } from '../common/duration.js';
import {
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalTimeoutError,
  InfisicalValidationError,
} from '../http/errors.js';
import { lifeOf, lifeOfNew } from './lease-life.js';
import { LOST_FOR } from './lease-policy.js';
import type { LeaseLife, LeaseMode } from './lease.state.js';

/** What a managed lease is for. */
export interface LeaseRequest extends LeaseScopeOptions {
  readonly name: string;
  readonly mode: LeaseMode;
  /** Milliseconds; undefined for the dynamic secret's default. */
  readonly ttl?: number;
  readonly config?: Record<string, unknown>;
}

/** The call to the server behind a managed lease, and what must not be lost of them. */
export class LeaseCalls {
  /**
   * Creations whose answer was lost, with the time until which their leases may
   * appear. The id stands in the lease's `config`, which the server keeps as it
   * was sent (contract: leases §3.1), so that nobody else's is taken for ours.
   */
  readonly #lost = new Map<string, number>();
  #generation = 0;

  constructor(
    readonly request: LeaseRequest,
    private readonly client: InfisicalClient,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes credentials, once: a lost answer is an error.
   *
   * @param known a lease that is there, to ask what has become of the maximum
   */
  async create(
    known?: string,
  ): Promise<{ lease: LeaseWithCredentials; life: LeaseLife }> {
    try {
      return await this.createFor(this.request.ttl);
    } catch (error) {
      const most = known && (await this.loweredMaximum(error, known));
      if (!most) throw error;
      return this.createFor(most);
    }
  }

  /** @param ttl milliseconds, added to the old expiry */
  async renew(id: string, ttl: number, life: LeaseLife): Promise<LeaseLife> {
    const lease = await this.api.renew(id, { ...this.place, ttl });
    return { ...life, expiresAt: life.createdAt + lifeOf(lease) };
  }

  /** Harmless when it is gone. */
  async revoke(id: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.api.revoke(id, { ...this.place, signal });
    } catch (error) {
      if (!(error instanceof InfisicalNotFoundError)) throw error;
    }
  }

  /** Revokes leases whose creation was answered to nobody. */
  async sweep(signal?: AbortSignal): Promise<void> {
    if (this.#lost.size === 0) return;
    const now = this.clock.monotonic();
    const { name } = this.request;
    const leases = await this.api.list(name, { ...this.place, signal });
    for (const { id, config } of leases) {
      const creation = config?.[CREATION];
      if (typeof creation !== 'string' || !this.#lost.has(creation)) continue;
      await this.revoke(id, signal);
      this.#lost.delete(creation);
    }
    for (const [creation, until] of this.#lost) {
      if (now >= until) this.#lost.delete(creation);
    }
  }

  private async createFor(
    ttl: number | undefined,
  ): Promise<{ lease: LeaseWithCredentials; life: LeaseLife }> {
    const { name, config } = this.request;
    const sentAt = this.clock.monotonic();
    const creation = randomUUID();
    try {
      const lease = await this.api.create(name, {
        ...this.place,
        ttl,
        config: { ...config, [CREATION]: creation },
      });
      return { lease, life: lifeOfNew(lease, ++this.#generation, sentAt) };
    } catch (error) {
      if (mayHaveRun(error)) {
        this.#lost.set(creation, this.clock.monotonic() + LOST_FOR);
      }
      throw error;
    }
  }

  /**
   * The longest life there is now, in milliseconds, when a creation was refused
   * because the dynamic secret's maximum has been lowered below what is asked
   * for. A lease tells it without the right to read the dynamic secret.
   */
  private async loweredMaximum(
    error: unknown,
    known: string,
  ): Promise<number | undefined> {
    if (!(error instanceof InfisicalValidationError)) return undefined;
    try {
      const { dynamicSecret } = await this.api.get(known, this.place);
      const { maxTTL, defaultTTL } = dynamicSecret;
      if (maxTTL === undefined) return undefined;
      const most = toMilliseconds(maxTTL, 'maxTTL');
      const wanted =
        this.request.ttl ?? toMilliseconds(defaultTTL, 'defaultTTL');
      return most < wanted ? most : undefined;
    } catch {
      return undefined;
    }
  }

  private get api() {
    return this.client.dynamicSecrets.leases;
  }

  private get place(): LeaseScopeOptions {
    const { projectId, projectSlug, environment, path } = this.request;
    return { projectId, projectSlug, environment, path };
  }
}

/** The field of a lease's `config` that says which creation made it. */
const CREATION = 'creationId';

/** Whether the server may have made a lease of which nobody knows. */
function mayHaveRun(error: unknown): boolean {
  if (error instanceof InfisicalNetworkError) return error.sent;
  if (error instanceof InfisicalHttpError) {
    // A gateway's, an answer that was cut, or a failure after the credential was made.
    return error.status >= 500 || error.status < 300;
  }
  return error instanceof InfisicalTimeoutError;
}

/** Whether only a change at the server helps, not time. */
export function isRefusal(error: unknown): boolean {
  return error instanceof InfisicalHttpError && !error.retryable
    ? error.status >= 400 && error.status < 500
    : false;
}

import type { Random } from '../common/random.js';

/**
 * How a managed lease is kept alive. `rotate` makes new credentials; `renew`
 * keeps them while the server extends the lease. Databases without a renew
 * statement keep the old end of the password when renewed, so `rotate` is the
 * default.
 *
 * @example
 * ```ts
 * const mode: LeaseMode = 'renew'; // the statements of this one can extend
 * const lease = await leases.acquire('reports-db', { mode });
 * ```
 *
 * @publicApi
 */
export type LeaseMode = 'rotate' | 'renew';

/** The life of credentials. Monotonic milliseconds. */
export interface LeaseLife {
  /** 1, and one more with each creation. */
  readonly generation: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Longest life with all renewals; Infinity when unlimited. */
  readonly maxTtl: number;
  /** Life that one creation or renewal is meant to give. */
  readonly ttl: number;
  /** Whether a renewal lets the credentials themselves live longer. */
  readonly canExtend: boolean;
}

/** What takes time, one at a time. */
export type LeaseWork =
  | { readonly type: 'create' }
  | { readonly type: 'prove' }
  /** To be added to the old expiry. */
  | { readonly type: 'renew'; readonly ttl: number };

/** What the machine wants done. */
export type LeaseAction =
  | LeaseWork
  /** The candidate becomes what everyone sees. */
  | { readonly type: 'publish' }
  /** The candidate never worked: it is to be revoked. */
  | { readonly type: 'discard' }
  | { readonly type: 'tell'; readonly kind: 'expiring' | 'expired' };

export type LeaseState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'ready'; readonly dueAt: number }
  | {
      readonly kind: 'working';
      readonly work: LeaseWork;
      readonly attempt: number;
    }
  | {
      readonly kind: 'waiting';
      readonly work: LeaseWork;
      readonly attempt: number;
      readonly retryAt: number;
    }
  | { readonly kind: 'closed' };

export interface LeaseMachine {
  readonly state: LeaseState;
  /** Of the credentials that everyone sees. */
  readonly life?: LeaseLife;
  /** Of new credentials that have not been proven. */
  readonly candidate?: LeaseLife;
  /** Until when that may take. */
  readonly proveUntil: number;
  /** Candidates in a row that never worked. */
  readonly discarded: number;
  /** What has been told of the end of `life`. */
  readonly told?: 'expiring' | 'expired';
  /** When credentials were last replaced because they were refused. */
  readonly deadAt: number;
}

export type LeaseHappening =
  | { readonly type: 'opened' }
  /** Time has passed. */
  | { readonly type: 'tick' }
  | { readonly type: 'created'; readonly life: LeaseLife }
  | { readonly type: 'proven' }
  | { readonly type: 'renewed'; readonly life: LeaseLife }
  | {
      readonly type: 'failed';
      /** The server has decided, and trying again at once is of no use. */
      readonly refused: boolean;
      readonly retryAfterMs?: number;
    }
  /** A consumer says that the credentials of a generation are refused. */
  | { readonly type: 'dead'; readonly generation: number }
  | { readonly type: 'closed' };

export interface LeaseContext {
  readonly now: number;
  readonly random: Random;
  readonly mode: LeaseMode;
  /** Milliseconds. */
  readonly overlap: number;
}

export interface LeaseStep {
  readonly machine: LeaseMachine;
  readonly actions: readonly LeaseAction[];
}

export const IDLE: LeaseMachine = {
  state: { kind: 'idle' },
  proveUntil: -Infinity,
  discarded: 0,
  deadAt: -Infinity,
};

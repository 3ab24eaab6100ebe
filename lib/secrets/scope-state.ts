import { ReplaySubject, Subject } from 'rxjs';
import type { Scope } from './scope.js';
import { ScopeSchemas } from './scope-schemas.js';
import type { SecretsEvent } from './secrets-event.js';
import type { SecretChange, Snapshot } from './snapshot.js';
import { SnapshotReaders } from './snapshot-readers.js';

/**
 * How far a scope's snapshot can be trusted: `ready` is as the latest refresh
 * found it, `stale` means that the latest refresh failed, `error` that there
 * is no snapshot (it was never loaded, or given up for other tenants'), or
 * that it is older than `refresh.maxStale`.
 *
 * @example
 * ```ts
 * const untrusted: ScopeStatus[] = ['stale', 'error'];
 * if (untrusted.includes(secrets.status)) {
 *   logger.warn(`confirmed ${secrets.age} ms ago: ${secrets.lastError?.name}`);
 * }
 * ```
 *
 * @publicApi
 */
export type ScopeStatus = 'ready' | 'stale' | 'error';

/** A scope with its current snapshot, which is replaced as a whole. */
export class ScopeState {
  snapshot: Snapshot | undefined;
  /** What a schema refused, as long as there is no snapshot; for reports. */
  refused: Snapshot | undefined;
  status: ScopeStatus = 'error';
  lastError: Error | undefined;
  /** Names whose values are kept, although the server does not give them any more. */
  kept: ReadonlySet<string> = new Set();
  /** Whether the snapshot is one of the snapshot store, and the server has not answered since. */
  isRestored = false;
  /** Whether the snapshot is what another replica told by the snapshot store. */
  isShared = false;
  /** Whether the server told of a change, and no refresh after that has succeeded yet. */
  isOutdated = false;
  /** Monotonic milliseconds of the latest confirmation by the server. */
  confirmedAt = Number.NEGATIVE_INFINITY;
  /** Of the latest request whose answer counted. */
  order = 0;
  /** Whether it was asked for at run time only, so that it may be evicted. */
  isTenant = false;
  /** Whether it was evicted; then it stays empty. */
  isEvicted = false;
  /** Grows with each use; says which scope was used least recently. */
  usedAt = 0;
  readonly changes$ = new Subject<SecretChange>();
  /** With the latest one for who comes later: some happen before anyone can listen. */
  readonly events$ = new ReplaySubject<SecretsEvent>(1);
  readonly readers = new SnapshotReaders();
  readonly schemas = new ScopeSchemas();

  constructor(readonly scope: Scope) {}
}

/** A scope whose snapshot was replaced, and what is different. */
export interface Generation {
  readonly state: ScopeState;
  readonly changes: readonly SecretChange[];
}

/** All scopes of a root. */
export interface ScopeStates {
  /** Those that hold a snapshot. */
  readonly loaded: readonly ScopeState[];
}

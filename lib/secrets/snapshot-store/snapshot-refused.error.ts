import { InfisicalError } from '../../common/infisical.error.js';

/**
 * Why a stored snapshot is not used:
 * - `unreadable`: it is no snapshot, or of a form that this version does not know
 * - `other-key`: it was encrypted with another key
 * - `foreign`: it is of another server, identity or scope
 * - `tampered`: it was changed after it was written
 * - `expired`: it is older than `snapshotStore.maxAge`
 * - `from-the-future`: the clock of this machine, or of the one that wrote it, is wrong
 *
 * @example
 * ```ts
 * const alarming: SnapshotRefusal[] = ['foreign', 'tampered'];
 * secrets.events$.subscribe((event) => {
 *   if (event.kind !== 'snapshot-refused') return;
 *   if (alarming.includes(event.error.reason)) logger.error(event.error.message);
 * });
 * ```
 *
 * @publicApi
 */
export type SnapshotRefusal =
  | 'unreadable'
  | 'other-key'
  | 'foreign'
  | 'tampered'
  | 'expired'
  | 'from-the-future';

/** What to know and to do about each. */
const ADVICE: Readonly<Record<SnapshotRefusal, string>> = {
  unreadable:
    'is damaged, or of a form that this version does not know. It is replaced as soon as the server answers.',
  'other-key':
    'was encrypted with another key. Check snapshotStore.key; after a change of the key it is replaced as soon as the server answers.',
  foreign:
    'was written for another server, identity or scope. Look who else writes to the store.',
  tampered:
    'was changed after it was written. Look who can write to the store.',
  expired:
    'is older than snapshotStore.maxAge. Bring the server back, or raise maxAge if older secrets are good enough.',
  'from-the-future':
    'was written later than now. Check the clock of this machine, and of those that write to the store.',
};

/**
 * A stored snapshot was there, and is not used. Tells why, and never what is in
 * it.
 *
 * @example
 * ```ts
 * import { snapshotStore } from './snapshot-store.js';
 *
 * try {
 *   await loadSecrets({ projectId, environment: 'prod', snapshotStore });
 * } catch (error) {
 *   if (!(error instanceof SnapshotRefusedError)) throw error;
 *   logger.error(`no server, and the snapshot is ${error.reason}`);
 * }
 * ```
 *
 * @publicApi
 */
export class SnapshotRefusedError extends InfisicalError {
  readonly reason: SnapshotRefusal;
  readonly #what: string;

  /** @internal */
  constructor(reason: SnapshotRefusal, what: string, cause?: Error) {
    const why = cause
      ? ` It was needed, as the server could not be asked: ${cause.message}`
      : '';
    super(
      `The stored snapshot of ${what} ${ADVICE[reason]}${why}`,
      cause && { cause },
    );
    this.reason = reason;
    this.#what = what;
  }

  /**
   * The same, with the failure that made the snapshot necessary.
   *
   * @internal
   */
  because(cause: Error): SnapshotRefusedError {
    return new SnapshotRefusedError(this.reason, this.#what, cause);
  }
}

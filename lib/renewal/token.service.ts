import {
  distinctUntilChanged,
  map,
  type Observable,
  ReplaySubject,
} from 'rxjs';
import type { TokenManager, TokenNotice } from '../auth/token-manager.js';
import { usableLife } from '../auth/token.state.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';

/**
 * Where the access token stands:
 * - `idle`: nothing has asked for one yet
 * - `acquiring`: a login is under way and there is no usable token
 * - `ready`: the token works
 * - `refreshing`: the token works, and its successor is being fetched
 * - `retrying`: the server could not be asked; waiting for the next try
 * - `refused`: the server refused the credentials; waiting, to respect its lockout
 * - `closed`: the app has shut down
 *
 * @example
 * ```ts
 * const troubled: TokenServiceState[] = ['retrying', 'refused'];
 * if (troubled.includes(tokens.state)) logger.warn(`token: ${tokens.state}`);
 * ```
 *
 * @publicApi
 */
export type TokenServiceState =
  | 'idle'
  | 'acquiring'
  | 'ready'
  | 'refreshing'
  | 'retrying'
  | 'refused'
  | 'closed';

/**
 * Whether calls wait for a token, or fail at once with the latest error:
 * - `closed`: there is a token, or the first login for one is under way
 * - `open`: there is none, and the next login is held back; calls whose next
 *   try is not near fail at once, and none of them reaches the server
 * - `half-open`: one login finds out whether it is over; all calls share its
 *   result
 *
 * @example
 * ```ts
 * const circuit: TokenCircuit = tokens.circuit;
 * if (circuit === 'open') logger.warn(`next login in ${tokens.retryIn} ms`);
 * ```
 *
 * @publicApi
 */
export type TokenCircuit = 'closed' | 'open' | 'half-open';

/**
 * Something that happened to the access token; never the token itself.
 *
 * @example
 * ```ts
 * tokens.events$.subscribe(({ kind, at, expiresAt }: TokenServiceEvent) => {
 *   logger.log(`${at.toISOString()} ${kind}, good until ${expiresAt}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface TokenServiceEvent extends TokenNotice {
  /** Wall-clock time. */
  readonly at: Date;
  /** When the token in use stops working; absent when there is none or it never does. */
  readonly expiresAt?: Date;
}

/**
 * The state of the access token, for health checks and dashboards. The token
 * itself is not here.
 *
 * @example
 * ```ts
 * // In a provider: constructor(private readonly tokens: TokenService) {}
 * const { state, expiresAt, lastError } = tokens;
 * logger.log(`${state} until ${expiresAt?.toISOString()}; ${lastError?.name}`);
 * ```
 *
 * @publicApi
 */
export class TokenService {
  /** What happens to the token. A late subscriber gets the latest event first. */
  readonly events$: Observable<TokenServiceEvent>;
  /** The present `state` first, then each change of it. Ends when the app does, after `closed`. */
  readonly state$: Observable<TokenServiceState>;
  readonly #events = new ReplaySubject<TokenServiceEvent>(1);
  readonly #changes = new ReplaySubject<void>(1);
  readonly #manager: TokenManager;
  readonly #clock: SleepAwareClock;

  /** @internal */
  constructor(manager: TokenManager, clock: SleepAwareClock) {
    this.#manager = manager;
    this.#clock = clock;
    this.events$ = this.#events.asObservable();
    this.state$ = this.#changes.pipe(
      map(() => this.state),
      distinctUntilChanged(),
    );
    this.#changes.next();
    manager.onWake(() => this.#changes.next());
    manager.onNotice(({ kind, error }) => {
      this.#events.next({
        kind,
        at: new Date(clock.now()),
        expiresAt: this.expiresAt,
        error,
      });
    });
  }

  get state(): TokenServiceState {
    return this.#manager.state.kind;
  }

  /** When the token in use stops working, by this machine's clock; undefined when there is none or it never does. */
  get expiresAt(): Date | undefined {
    const { expiresIn } = this;
    return expiresIn === undefined
      ? undefined
      : new Date(this.#clock.now() + expiresIn);
  }

  /** Milliseconds until then, however wrong this machine's calendar is; the sleep of the machine counts. */
  get expiresIn(): number | undefined {
    const now = this.#clock.monotonic();
    const life = usableLife(this.#manager.state, now);
    return life && Number.isFinite(life.expiresAt)
      ? life.expiresAt - now
      : undefined;
  }

  /** Whether there is a token that works now. */
  get isUsable(): boolean {
    return (
      usableLife(this.#manager.state, this.#clock.monotonic()) !== undefined
    );
  }

  /** Whether the server refused the credentials, and no token is left that works. */
  get isRefused(): boolean {
    return this.#manager.refusals > 0 && !this.isUsable;
  }

  /** Whether calls fail at once, because logins do. */
  get circuit(): TokenCircuit {
    const { state } = this.#manager;
    if (this.isUsable) return 'closed';
    if (state.kind === 'retrying' || state.kind === 'refused') {
      return this.retryIn === 0 ? 'half-open' : 'open';
    }
    const isProbe =
      state.kind === 'acquiring' &&
      (state.attempt > 1 || this.#manager.refusals > 0);
    return isProbe ? 'half-open' : 'closed';
  }

  /** Milliseconds until the next login or renewal after one that failed; undefined when none is held back. */
  get retryIn(): number | undefined {
    const { state } = this.#manager;
    return state.kind === 'retrying' || state.kind === 'refused'
      ? Math.max(0, state.retryAt - this.#clock.monotonic())
      : undefined;
  }

  /** The latest failure; undefined again after the next success. */
  get lastError(): Error | undefined {
    return this.#manager.lastError;
  }

  /** Ends the observables. */
  complete(): void {
    this.#events.complete();
    this.#changes.complete();
  }

  toJSON(): Record<string, unknown> {
    return { state: this.state, expiresAt: this.expiresAt };
  }
}

import { createHash } from 'node:crypto';
import { delay, MAX_TIMER_DELAY } from '../common/clock.js';
import { Broadcast } from '../common/broadcast.js';
import type { Random } from '../common/random.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { waitFor } from '../common/wait-for.js';
import { warnOnce } from '../common/warn-once.js';
import { apiPath } from '../http/api-path.js';
import { InfisicalRateLimitError } from '../http/errors.js';
import type { HttpClient } from '../http/http-client.js';
import { isUnavailable } from '../http/unavailable.js';
import type { CredentialChain } from './credential-chain.js';
import { LoginGate } from './login-gate.js';
import type { GivenToken, LoginMethod } from './login-method.js';
import { PATIENCE, SHORT_LIFE } from './renewal-policy.js';
import {
  closedError,
  rejectedError,
  unrenewableError,
} from './token-errors.js';
import { step } from './token.state-machine.js';
import {
  type Fetch,
  INITIAL_TOKEN_MACHINE,
  type TokenAction,
  type TokenEvent,
  type TokenMachine,
  type TokenState,
  usableLife,
  wakeAt,
} from './token.state.js';
import {
  datedAnew,
  holderOf,
  isRenewable,
  lifeOfGivenToken,
  lifeOfLogin,
  lifeOfRenewal,
  readTokenAnswer,
  type TokenAnswer,
  type TokenLife,
} from './token-life.js';

/** Something that happened to the access token. */
export interface TokenNotice {
  readonly kind:
    | 'loggedIn'
    | 'renewed'
    | 'loginFailed'
    | 'renewalFailed'
    | 'rejected'
    | 'revoked';
  /** Why, when something failed. */
  readonly error?: Error;
}

/** A token from outside that is in use. */
interface ReadToken {
  readonly token: string;
  readonly generation: number;
  /** How long the machine had slept by then. */
  readonly slept: number;
  /** Whether the server refused it. */
  isRejected: boolean;
}

/** Runs the token machine: makes its calls, and lets callers wait for the one token. */
export class TokenManager {
  #machine: TokenMachine = INITIAL_TOKEN_MACHINE;
  #method: LoginMethod | GivenToken | CredentialChain;
  #given: ReadToken | undefined;
  #slept: number;
  #generation = 0;
  #lastError: Error | undefined;
  readonly #changed = new Broadcast();
  readonly #lifetime = new AbortController();
  readonly #listeners = new Set<(notice: TokenNotice) => void>();
  readonly #wakeListeners = new Set<(at: number | undefined) => void>();
  #inFlight: Promise<void> | undefined;
  /** Whether a caller asked for the next login. */
  #isAsked = false;
  #search: Promise<LoginMethod | GivenToken> | undefined;

  constructor(
    private readonly http: HttpClient,
    method: LoginMethod | GivenToken | CredentialChain,
    private readonly clock: SleepAwareClock,
    private readonly random: Random,
  ) {
    this.#method = method;
    this.#slept = clock.slept;
  }

  /** Where the token stands; it holds the token only in redacting form. */
  get state(): TokenState {
    return this.#machine.state;
  }

  /** Aborts when the client is closed. */
  get lifetime(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** The latest failure, until a token is granted again. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Refused logins in a row; 0 again when a token is granted. */
  get refusals(): number {
    return this.#machine.refusals;
  }

  /** When the machine wants a {@link tick}; monotonic milliseconds. */
  get wakeAt(): number | undefined {
    return wakeAt(this.#machine.state);
  }

  /**
   * A token to send. Waits for the login or renewal in flight when there is
   * none; all callers share it.
   *
   * @throws InfisicalAuthError when the credentials are refused
   */
  async acquire(signal: AbortSignal): Promise<TokenLife> {
    let waitedFor: TokenState | undefined;
    for (;;) {
      this.dispatch({ type: 'demand' });
      const life = usableLife(this.state, this.clock.monotonic());
      if (life) return life;
      const { state } = this;
      switch (state.kind) {
        case 'closed':
          throw closedError();
        case 'refused':
          throw state.error ?? rejectedError();
        case 'retrying': {
          const wait = state.retryAt - this.clock.monotonic();
          // One more try is waited for, if it is near; not a third one.
          const isThird = waitedFor !== undefined && waitedFor !== state;
          if (isThird || wait > PATIENCE) {
            throw state.error ?? this.#lastError ?? rejectedError();
          }
          waitedFor = state;
          await delay(this.clock, wait, signal);
          break;
        }
        default:
          await this.#changed.wait(signal);
      }
    }
  }

  /** Tells that the server accepted a request made with a token. */
  accept(): void {
    if (this.#machine.earlyRejections > 0) this.dispatch({ type: 'accepted' });
    const now = this.clock.monotonic();
    // One that has ended meanwhile, such as in a sleep, was taken before that.
    const held = usableLife(this.state, now);
    const life = held && datedAnew(held, now, this.http.serverTime);
    if (life) this.dispatch({ type: 'dated', life });
  }

  /** Tells that the server rejected a request made with this token. */
  reject(life: TokenLife, error: Error): void {
    const before = this.state;
    if (this.#given?.generation === life.generation) {
      this.#given.isRejected = true;
    }
    this.dispatch({ type: 'rejected', generation: life.generation });
    // Its successor may be there already, and nothing is wrong with that.
    if (this.state === before) return;
    this.#lastError = error;
    this.notify({ kind: 'rejected', error });
  }

  /**
   * The login that is used: finds it where that was not done yet, which may
   * move the client to its server, and does not log in.
   *
   * @throws InfisicalConfigError when there are no credentials, or broken ones
   */
  async identify(
    signal: AbortSignal,
  ): Promise<Pick<LoginMethod, 'name' | 'source'>> {
    await waitFor(this.#inFlight ?? Promise.resolve(), signal);
    const { name, source } = await this.resolved(signal);
    return { name, source };
  }

  /**
   * Who logs in, of all who use this server, without asking it. Of a token
   * that does not tell its holder, a digest.
   *
   * @throws InfisicalConfigError when there are no credentials, or broken ones
   */
  async subject(signal: AbortSignal): Promise<string> {
    const method = await this.resolved(signal);
    if ('login' in method) {
      return `${method.name}:${await method.subject(this.http)}`;
    }
    const token = await method.read(this.http);
    const holder =
      holderOf(token) ?? createHash('sha256').update(token).digest('base64url');
    return `${method.name}:${holder}`;
  }

  /** Does what is due. Called by the scheduled task. */
  tick(): void {
    if (this.state.kind !== 'idle') this.dispatch({ type: 'demand' });
  }

  /** Logs in with another method from now on. */
  async use(
    method: LoginMethod | GivenToken,
    signal: AbortSignal,
  ): Promise<TokenLife> {
    await this.#inFlight;
    this.#method = method;
    this.#given = undefined;
    this.#isAsked = true;
    this.#machine = INITIAL_TOKEN_MACHINE;
    return this.acquire(signal);
  }

  /** Renews now, or logs in where a renewal would not help. */
  async renew(signal: AbortSignal): Promise<void> {
    const life = await this.acquire(signal);
    const { state } = this;
    if (state.kind === 'ready') {
      this.#machine = {
        ...this.#machine,
        state: { ...state, refreshAt: this.clock.monotonic() },
      };
    }
    this.dispatch({ type: 'demand' });
    while (
      (this.state.kind === 'refreshing' || this.state.kind === 'acquiring') &&
      !this.#lifetime.signal.aborted
    ) {
      await this.#changed.wait(signal);
    }
    const now = usableLife(this.state, this.clock.monotonic());
    if (now?.generation !== life.generation) return;
    if (this.#lastError) throw this.#lastError;
    if (!isRenewable(life)) throw unrenewableError();
  }

  /** Revokes the token on the server and forgets it (contract: auth §3.2). Harmless without one. */
  async revoke(signal: AbortSignal): Promise<void> {
    const life = usableLife(this.state, this.clock.monotonic());
    if (!life) return;
    await this.http.call(
      {
        method: 'POST',
        path: apiPath`/api/v1/auth/token/revoke`,
        body: { accessToken: life.token.reveal() },
        idempotent: true,
        operation: 'auth.revoke',
      },
      signal,
    );
    this.#machine = INITIAL_TOKEN_MACHINE;
    this.notify({ kind: 'revoked' });
    this.wake();
  }

  /** Calls back on every notice, and returns how to stop that. */
  onNotice(listener: (notice: TokenNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back whenever the time of the next {@link tick} changes. */
  onWake(listener: (at: number | undefined) => void): () => void {
    this.#wakeListeners.add(listener);
    return () => this.#wakeListeners.delete(listener);
  }

  /** Ends everything in flight. */
  close(): void {
    this.dispatch({ type: 'closed' });
    this.#lifetime.abort(closedError());
    this.#changed.fire();
  }

  private dispatch(event: TokenEvent): void {
    const ms = this.clock.slept - this.#slept;
    if (ms > 0) {
      this.#slept += ms;
      this.apply({ type: 'slept', ms });
    }
    this.apply(event);
  }

  private apply(event: TokenEvent): void {
    const before = this.#machine;
    const { machine, action } = step(before, event, {
      now: this.clock.monotonic(),
      random: this.random,
      canLogin: !('read' in this.#method) || this.#method.replaceable,
    });
    this.#machine = machine;
    if (action) {
      this.#inFlight = this.perform(action);
    }
    if (machine.state !== before.state) {
      this.#changed.fire();
      this.wake();
    }
  }

  private wake(): void {
    for (const listener of this.#wakeListeners) listener(this.wakeAt);
  }

  private async perform(action: TokenAction): Promise<void> {
    const via: Fetch = action.type;
    const sentAt = this.clock.monotonic();
    try {
      const life = await this.http.withDeadline(
        {
          operation: action.type === 'login' ? 'auth.login' : 'auth.renew',
          signal: this.#lifetime.signal,
        },
        (signal) =>
          action.type === 'login'
            ? this.login(sentAt, signal)
            : this.whileItLives(action.life, signal, (inner) =>
                this.renewLife(action.life, sentAt, inner),
              ),
      );
      const isNew = life !== usableLife(this.state, this.clock.monotonic());
      if (isNew) this.#lastError = undefined;
      this.dispatch({ type: 'granted', life, via });
      if (life.ttl < SHORT_LIFE) this.warnOfShortLife();
      if (!isNew) return;
      this.notify({ kind: via === 'login' ? 'loggedIn' : 'renewed' });
    } catch (thrown) {
      if (this.#lifetime.signal.aborted) return;
      const error = thrown as Error;
      this.#lastError = error;
      this.dispatch({
        type: 'failed',
        via,
        failure:
          isUnavailable(error) || (via === 'login' && this.readsToken)
            ? 'unavailable'
            : 'refused',
        error,
        retryAfterMs:
          error instanceof InfisicalRateLimitError
            ? error.retryAfterMs
            : undefined,
      });
      this.notify({
        kind: via === 'login' ? 'loginFailed' : 'renewalFailed',
        error,
      });
    }
  }

  /** Whether a login only reads a token: then a failure counts on no server, and may soon be over. */
  private get readsToken(): boolean {
    return 'read' in this.#method && this.#method.replaceable;
  }

  /** The login, looked for at the first use. */
  private async resolved(
    signal: AbortSignal,
  ): Promise<LoginMethod | GivenToken> {
    const chain = this.#method;
    if (!('resolve' in chain)) return chain;
    // Who needs it meanwhile shares the search.
    this.#search ??= chain
      .resolve(this.http, signal)
      .finally(() => (this.#search = undefined));
    const method = await waitFor(this.#search, signal);
    if (this.#method === chain) this.#method = method;
    return method;
  }

  private async login(sentAt: number, signal: AbortSignal): Promise<TokenLife> {
    const method = await this.resolved(signal);
    if ('login' in method) {
      // An answer that got lost may have been a refusal, after another one.
      const http = this.refusals > 0 ? this.http.withoutRetries() : this.http;
      const work = (): Promise<TokenAnswer> => method.login(http, signal);
      const answer = method.isLockable
        ? await this.atGate(await method.subject(http), work, signal)
        : await work();
      return lifeOfLogin(answer, sentAt, ++this.#generation);
    }
    const token = await method.read(this.http);
    const { slept } = this.clock;
    if (token === this.#given?.token) {
      // Nothing newer: what works is used on, and what was rejected would be
      // rejected again.
      const known = usableLife(this.state, this.clock.monotonic());
      if (known) return known;
      // Over by a calendar that leapt? The server knows better.
      const isSure = this.#given.isRejected || this.#given.slept === slept;
      if (isSure) throw rejectedError(this.#lastError);
    }
    const generation = ++this.#generation;
    this.#given = { token, generation, slept, isRejected: false };
    const { serverTime } = this.http;
    // It may have taken long to get it.
    const now = this.clock.monotonic();
    return lifeOfGivenToken(token, now, serverTime, generation);
  }

  /** Not more logins of one identity at once than may be refused. */
  private atGate<T>(
    subject: string,
    login: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    const gate = LoginGate.of(this.clock, `${this.http.origin} ${subject}`);
    return gate.pass(login, signal, isAsked);
  }

  /** Ends a renewal with the token's life: after it, only a login helps. */
  private async whileItLives<T>(
    { expiresAt }: TokenLife,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const left = expiresAt - this.clock.monotonic();
    if (left > MAX_TIMER_DELAY) return work(signal);
    return this.http.withDeadline({ signal, timeout: left }, work);
  }

  private async renewLife(
    life: TokenLife,
    sentAt: number,
    signal: AbortSignal,
  ): Promise<TokenLife> {
    const { data } = await this.http.call(
      {
        method: 'POST',
        path: apiPath`/api/v1/auth/token/renew`,
        body: { accessToken: life.token.reveal() },
        idempotent: true,
        operation: 'auth.renew',
        vainFrom: life.expiresAt,
      },
      signal,
    );
    return lifeOfRenewal(
      readTokenAnswer(data),
      life,
      sentAt,
      ++this.#generation,
    );
  }

  private warnOfShortLife(): void {
    warnOnce(
      this.http.logger,
      'short-token-life',
      'The access token lives less than a minute, so it is renewed all the time, and a short outage leaves none. Raise the access token TTL of the auth method in Infisical to some minutes at least.',
    );
  }

  private notify(notice: TokenNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}

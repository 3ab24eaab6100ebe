import type { Invariant } from './witness.js';

/** A mistake somebody could make in the engine. */
export interface Mutant {
  readonly mistake: string;
  readonly file: string;
  /** Stands there once. */
  readonly text: string;
  readonly replacement: string;
  /** What it breaks. */
  readonly breaks: Invariant;
}

const inFile =
  (file: string) =>
  (
    mistake: string,
    text: string,
    replacement: string,
    breaks: Invariant,
  ): Mutant => ({ mistake, file, text, replacement, breaks });

const machine = inFile('lib/auth/token.state-machine.ts');
const state = inFile('lib/auth/token.state.ts');
const policy = inFile('lib/auth/renewal-policy.ts');
const life = inFile('lib/auth/token-life.ts');
const manager = inFile('lib/auth/token-manager.ts');
const task = inFile('lib/renewal/token-renewal.task.ts');
const deadline = inFile('lib/http/deadline.ts');
const retry = inFile('lib/http/retry-policy.ts');
const context = inFile('lib/client/client-context.ts');
const store = inFile('lib/secrets/scope-store.ts');
const refresh = inFile('lib/secrets/secrets-refresh.task.ts');
const backOff = inFile('lib/secrets/refresh-back-off.ts');
const lists = inFile('lib/secrets/scope-lists.ts');
const generation = inFile('lib/secrets/next-generation.ts');
const forced = inFile('lib/secrets/forced-refresh.ts');
const budget = inFile('lib/http/rate-window.ts');
const http = inFile('lib/http/http-client.ts');

export const MUTANTS: readonly Mutant[] = [
  machine(
    'no back-off',
    'if (context.now < state.retryAt) return { machine };',
    '',
    'bounded token requests',
  ),
  machine(
    'no distance between logins after a refusal',
    '? REFUSED_SPACING : 0',
    '? 0 : 0',
    'never locked out',
  ),
  machine(
    'the hold does not grow',
    'const refusals = machine.refusals + 1;',
    'const refusals = 1;',
    'bounded failed logins',
  ),
  machine(
    'no hold',
    'retryAt: context.now + hold *',
    'retryAt: context.now + 0.01 * hold *',
    'bounded failed logins',
  ),
  machine(
    'back-off without a wait',
    'context.random() * bound',
    '0',
    'bounded token requests',
  ),
  machine(
    'a refusal is no failure',
    "if (event.failure === 'refused') {",
    'if (false) {',
    'bounded failed logins',
  ),
  state(
    'a token lives for ever',
    'return life && now < life.expiresAt ? life : undefined;',
    'return life;',
    'no expired token is sent',
  ),
  policy(
    'a wait of hours',
    'BACKOFF_MAX = 30_000',
    'BACKOFF_MAX = 30_000_000',
    'healthy soon after the last fault',
  ),
  policy(
    'renewal after the end',
    'RENEW_AT = 2 / 3',
    'RENEW_AT = 4 / 3',
    'never dead while all is well',
  ),
  life(
    'the answer is believed',
    'expiresAt: extended ? sentAt + ttl : previous.expiresAt',
    'expiresAt: sentAt + ttl',
    'no expired token is sent',
  ),
  life(
    'seconds for milliseconds',
    'return Math.max(life - CLAIM_RESOLUTION, life / 2);',
    'return life * 2;',
    'no expired token is sent',
  ),
  manager(
    'nobody is woken',
    'this.#changed.fire();\n      this.wake();',
    'this.wake();',
    'healthy soon after the last fault',
  ),
  manager(
    'the timer is not told',
    'for (const listener of this.#wakeListeners) listener(this.wakeAt);',
    '',
    'errors surface',
  ),
  manager(
    'the error is swallowed',
    'this.#lastError = error;\n      this.dispatch({',
    'this.dispatch({',
    'errors surface',
  ),
  manager(
    'one refusal after the other',
    'this.refusals > 0 ? this.http.withoutRetries() : this.http',
    'this.http',
    'never locked out',
  ),
  task('nobody renews', 'manager.tick();', '', 'engines come apart'),
  deadline('no deadline', '}, ms);', '}, 100 * ms);', 'calls end'),
  retry(
    'tries without end',
    'if (attempt >= policy.attempts) return undefined;',
    '',
    'bounded tries',
  ),
  context(
    'a rejection is not told',
    'this.tokens.reject(life, error);',
    '',
    'no rejected token is sent again',
  ),
  store(
    'a failure empties the snapshot',
    'state.lastError = error;',
    'state.lastError = error; state.snapshot = undefined;',
    'readers see whole generations',
  ),
  refresh(
    'the interval does not begin anew',
    'if (isInterval) this.beginInterval();',
    '',
    'bounded list requests',
  ),
  backOff(
    'no wait between lists',
    'const wait = Math.max(least, this.random() * bound);',
    'const wait = 0;',
    'bounded list requests',
  ),
  // Jitter.
  machine(
    'renewals without jitter',
    '? jitter(RENEW_AT, RENEW_JITTER, context.random)',
    '? RENEW_AT',
    'engines come apart',
  ),
  refresh(
    'refreshes without jitter',
    'jitter(this.interval, REFRESH_JITTER, this.random)',
    'this.interval',
    'engines come apart',
  ),
  backOff(
    'lists tried again without jitter',
    'this.random() * bound',
    'bound',
    'engines come apart',
  ),
  retry(
    'tries without jitter',
    '(error instanceof InfisicalHttpError && error.retryable)\n  ) {\n    return random() * bound;',
    '(error instanceof InfisicalHttpError && error.retryable)\n  ) {\n    return bound;',
    'engines come apart',
  ),
  // Single flight.
  machine(
    'each caller logs in',
    "machine: withState(machine, { kind: 'acquiring', attempt }),\n    action",
    'machine,\n    action',
    'healthy soon after the last fault',
  ),
  machine(
    'a login beside a renewal',
    "machine: withState(next, { kind: 'acquiring', attempt: state.attempt }),",
    '...fetchWithout(next, state.attempt),',
    'one token request at a time',
  ),
  lists(
    'each caller has a list of its own',
    'let request = this.#inFlight.get(key);',
    'let request: ListRequest | undefined;',
    'one list request at a time',
  ),
  // Awaits.
  http(
    'a wait that nobody awaits',
    'await delay(clock, wait, signal);',
    'void delay(clock, wait, signal);',
    'engines come apart',
  ),
  forced(
    'a forced refresh does not wait for the one before it',
    'await this.#running;',
    '',
    'a forced refresh has what was there',
  ),
  // One more, one less.
  life(
    '>= for > where claims are compared',
    'after.exp > before.exp',
    'after.exp >= before.exp',
    'no expired token is sent',
  ),
  retry(
    '> for >= where tries are counted',
    'attempt >= policy.attempts',
    'attempt > policy.attempts',
    'bounded tries',
  ),
  budget(
    '0 for 1 where the budget is counted',
    'if (this.#told !== undefined) return this.left(isBackground) >= 1;',
    'if (this.#told !== undefined) return this.left(isBackground) >= 0;',
    'no request in a closed window',
  ),
  // The budget of requests.
  http(
    'the budget is ignored',
    'const turn = this.#budget.take({',
    'const turn = new RateBudget(this.#init.clock, this.#init.random).take({',
    'no request in a closed window',
  ),
  budget(
    'a refusal by the limiter is ignored',
    'this.#told = 0;',
    'this.#told = this.#limit;',
    'no request in a closed window',
  ),
  // Scopes, and what becomes of their snapshots.
  store(
    'the refusal of a whole is one of its parts',
    'if (isRefusal(error)) return serveEach();',
    '',
    'no scope holds up another',
  ),
  store(
    'imports are everywhere',
    'const apart = found.list.imports.length > 0;',
    'const apart = false;',
    'readers see whole generations',
  ),
  generation(
    'nothing is kept',
    "const keeps = removed === 'keep' &&",
    'const keeps = false &&',
    'readers see whole generations',
  ),
  generation(
    'a loss is no error',
    "if (removed === 'error' && lost.length > 0) {",
    'if (false) {',
    'readers see whole generations',
  ),
  generation(
    'the schema is not heard',
    'if (refusal) return { state, next, refusal };',
    '',
    'readers see whole generations',
  ),
  store(
    'the age is not looked at',
    'this.age(state) > this.maxStale',
    'this.age(state) > Infinity',
    'the age is told',
  ),
  store(
    'a failure confirms',
    "state.status = state.snapshot ? 'stale' : 'error';",
    "state.status = state.snapshot ? 'stale' : 'error';\n    state.confirmedAt = this.#clock.monotonic();",
    'the age is told',
  ),
  // Tokens that were refused, and the end.
  manager(
    'an old rejection is the latest error',
    'if (this.state === before) return;',
    '',
    'healthy soon after the last fault',
  ),
  refresh(
    'the timer outlives the engine',
    'this.#watch?.unsubscribe();\n    this.#timer.clear();',
    'this.#watch?.unsubscribe();',
    'nothing is left after the end',
  ),
];

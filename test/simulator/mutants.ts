/** A mistake somebody could make in the engine. */
export interface Mutant {
  readonly mistake: string;
  readonly file: string;
  /** Stands there once. */
  readonly text: string;
  readonly replacement: string;
}

const inFile =
  (file: string) =>
  (mistake: string, text: string, replacement: string): Mutant => ({
    mistake,
    file,
    text,
    replacement,
  });

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

export const MUTANTS: readonly Mutant[] = [
  machine(
    'no back-off',
    'if (context.now < state.retryAt) return { machine };',
    '',
  ),
  machine(
    'any renewal counts',
    "const moved = via === 'login' || !before || life.expiresAt > before.expiresAt;",
    'const moved = true;',
  ),
  machine(
    'no distance between logins after a refusal',
    '? REFUSED_SPACING : 0',
    '? 0 : 0',
  ),
  machine(
    'the hold does not grow',
    'const refusals = machine.refusals + 1;',
    'const refusals = 1;',
  ),
  machine(
    'no hold',
    'retryAt: context.now + hold *',
    'retryAt: context.now + 0.01 * hold *',
  ),
  machine('back-off without a wait', 'context.random() * bound', '0'),
  machine(
    'a refusal is no failure',
    "if (event.failure === 'refused') {",
    'if (false) {',
  ),
  state(
    'a token lives for ever',
    'return life && now < life.expiresAt ? life : undefined;',
    'return life;',
  ),
  policy('a wait of hours', 'BACKOFF_MAX = 30_000', 'BACKOFF_MAX = 30_000_000'),
  policy('renewal after the end', 'RENEW_AT = 2 / 3', 'RENEW_AT = 4 / 3'),
  life(
    'the answer is believed',
    'expiresAt: extended ? sentAt + ttl : previous.expiresAt',
    'expiresAt: sentAt + ttl',
  ),
  life(
    'seconds for milliseconds',
    'return Math.max(life - CLAIM_RESOLUTION, life / 2);',
    'return life * 2;',
  ),
  manager(
    'nobody is woken',
    'this.#changed.fire();\n      this.wake();',
    'this.wake();',
  ),
  manager(
    'the timer is not told',
    'for (const listener of this.#wakeListeners) listener(this.wakeAt);',
    '',
  ),
  manager(
    'the error is swallowed',
    'this.#lastError = error;\n      this.dispatch({',
    'this.dispatch({',
  ),
  manager(
    'one refusal after the other',
    'this.refusals > 0 ? this.http.withoutRetries() : this.http',
    'this.http',
  ),
  task('nobody renews', 'manager.tick();', ''),
  deadline('no deadline', '}, ms);', '}, 100 * ms);'),
  retry(
    'tries without end',
    'if (attempt >= policy.attempts) return undefined;',
    '',
  ),
  context('a rejection is not told', 'this.tokens.reject(life, error);', ''),
  store(
    'a failure empties the snapshot',
    'state.lastError = error;',
    'state.lastError = error; state.snapshot = undefined;',
  ),
  refresh(
    'the interval does not begin anew',
    'if (isInterval) this.beginInterval();',
    '',
  ),
  backOff(
    'no wait between lists',
    'const wait = Math.max(least, this.random() * bound);',
    'const wait = 0;',
  ),
];

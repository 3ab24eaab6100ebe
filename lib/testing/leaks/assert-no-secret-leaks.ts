import { InfisicalConfigError } from '../../common/infisical.error.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { InfisicalEmulator } from '../emulator/infisical-emulator.js';
import { InfisicalTesting } from '../module/infisical-testing.js';
import { findLeaks, type NamedSecret, type SecretLeak } from './find-leaks.js';
import { OutputCapture, toText } from './output-capture.js';

/**
 * What must not be printed: values by name, the secrets of a scope, those of a
 * testing module, or all secrets and credentials of an emulator.
 *
 * @example
 * ```ts
 * import { app } from './app.setup.js';
 *
 * const guarded: SecretsToGuard[] = [app.get(SecretsService), emulator];
 * await assertNoSecretLeaks(() => app.init(), { secrets: guarded });
 * ```
 *
 * @publicApi
 */
export type SecretsToGuard =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | SecretsService
  | InfisicalTesting
  | InfisicalEmulator;

/**
 * Options of `assertNoSecretLeaks`.
 *
 * @example
 * ```ts
 * import { charge } from './payments.js';
 *
 * const options: SecretLeakOptions = {
 *   secrets: { STRIPE_KEY: 'only-in-tests' },
 * };
 * await assertNoSecretLeaks(() => charge(), options);
 * ```
 *
 * @publicApi
 */
export interface SecretLeakOptions {
  /** One source of secrets, or several. Values of less than 6 characters are not looked for. */
  secrets: SecretsToGuard | readonly SecretsToGuard[];
}

/**
 * Secrets were printed. It names them and where, and holds no value.
 *
 * @example
 * ```ts
 * import { charge } from './payments.js';
 *
 * try {
 *   await assertNoSecretLeaks(() => charge(), { secrets });
 * } catch (error) {
 *   if (!(error instanceof SecretLeakError)) throw error;
 *   expect(error.leaks.map(({ where }) => where)).toEqual(['stdout']);
 * }
 * ```
 *
 * @publicApi
 */
export class SecretLeakError extends Error {
  constructor(
    /** One for each secret, place and form. */
    readonly leaks: readonly SecretLeak[],
  ) {
    const lines = leaks.map(
      ({ name, where, form, excerpt }) =>
        `- ${name} in ${where}, ${form}: ${excerpt}`,
    );
    super(`Secrets were printed:\n${lines.join('\n')}`);
    this.name = 'SecretLeakError';
  }
}

/**
 * Makes sure that no secret is in texts, or in what a function prints: stdout,
 * stderr, console, Nest's `Logger`, and the error it may end with. A value is
 * also found JSON-escaped, URL-encoded, in hex, base64 or base64url, and line
 * by line.
 *
 * What a function prints is held back until it ends, and lost when there is a
 * leak. Loggers that write to file descriptors by themselves are not seen: hand
 * in what they wrote as texts.
 *
 * @returns what the function returns
 * @throws SecretLeakError when there is a leak
 * @throws InfisicalConfigError when there is no secret to look for
 * @throws what the function throws, when that has no secret in it
 *
 * @example
 * ```ts
 * import { app, Payments } from './payments.setup.js';
 *
 * await assertNoSecretLeaks(() => app.get(Payments).charge(), {
 *   secrets: app.get(SecretsService),
 * });
 * ```
 *
 * @publicApi
 */
export function assertNoSecretLeaks<T>(
  work: () => T | Promise<T>,
  options: SecretLeakOptions,
): Promise<T>;
export function assertNoSecretLeaks(
  texts: string | readonly string[],
  options: SecretLeakOptions,
): Promise<void>;
export async function assertNoSecretLeaks(
  subject: string | readonly string[] | (() => unknown),
  { secrets }: SecretLeakOptions,
): Promise<unknown> {
  // Before the work, too: it may change them.
  const before = namedSecrets(secrets);
  if (typeof subject !== 'function') {
    const texts = typeof subject === 'string' ? [subject] : subject;
    assertClean(
      texts.map((text, index) => ({ where: `texts[${index}]`, text })),
      before,
    );
    return undefined;
  }
  const capture = new OutputCapture();
  let outcome: { value: unknown } | { error: unknown };
  try {
    outcome = { value: await subject() };
  } catch (error) {
    outcome = { error };
  } finally {
    capture.stop();
  }
  const thrown =
    'error' in outcome
      ? [{ where: 'the error it threw', text: toText(outcome.error) }]
      : [];
  const after = [...before, ...namedSecrets(secrets)];
  const distinct = new Map(
    after.map((one) => [JSON.stringify([one.name, one.value]), one]),
  );
  assertClean([...capture.texts, ...thrown], [...distinct.values()]);
  capture.replay();
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function assertClean(
  texts: Parameters<typeof findLeaks>[0],
  secrets: readonly NamedSecret[],
): void {
  const leaks = findLeaks(texts, secrets);
  if (leaks.length > 0) throw new SecretLeakError(leaks);
}

function namedSecrets(
  secrets: SecretLeakOptions['secrets'],
): readonly NamedSecret[] {
  const sources = (
    Array.isArray(secrets) ? secrets : [secrets]
  ) as readonly SecretsToGuard[];
  const found = sources
    .flatMap(entriesOf)
    .map(([name, value]) => ({ name, value }));
  if (found.some(({ value }) => value !== '')) return found;
  throw new InfisicalConfigError(
    'assertNoSecretLeaks got no secret to look for: pass values by name, a SecretsService, InfisicalTesting or an InfisicalEmulator that has some.',
  );
}

function entriesOf(source: SecretsToGuard): (readonly [string, string])[] {
  if (source instanceof InfisicalEmulator) return emulatorEntries(source);
  if (source instanceof SecretsService || source instanceof InfisicalTesting) {
    return source.entries();
  }
  return source instanceof Map
    ? [...(source as ReadonlyMap<string, string>)]
    : Object.entries(source as Readonly<Record<string, string>>);
}

/** All secrets of all projects, and the client secrets of identities. */
function emulatorEntries(
  emulator: InfisicalEmulator,
): [name: string, value: string][] {
  const { projects, identities } = emulator.exportState();
  return [
    ...projects.flatMap(({ slug, secrets = [] }) =>
      secrets.flatMap(({ environment, path = '/', values }) =>
        Object.entries(values).map(([name, secret]): [string, string] => [
          `${name} (project ${slug}, environment ${environment}, path ${path})`,
          typeof secret === 'string' ? secret : secret.value,
        ]),
      ),
    ),
    ...identities.flatMap(({ name, universalAuth }): [string, string][] =>
      universalAuth
        ? [[`client secret of ${name}`, universalAuth.clientSecret]]
        : [],
    ),
  ];
}

import { rootName, rootToken } from '../common/root-name.js';
import type { KnownSecretName } from './secret-names.js';

/**
 * A scope by its names. A text alone is a scope of the default root.
 *
 * @example
 * ```ts
 * const invoices: ScopeReference = { root: 'billing', scope: '/invoices' };
 * export class Invoices {
 *   constructor(@InjectSecrets(invoices) readonly secrets: SecretsService) {}
 * }
 * ```
 *
 * @publicApi
 */
export interface ScopeReference {
  /** Name of the root, as in `forRoot({ name })`; absent for the default root. */
  root?: string;
  /** The feature's `name`, or its path; absent for the root's own scope. */
  scope?: string;
}

/**
 * Injection token of the `SecretsService` of a scope, for
 * `overrideProvider()` in tests and for injecting another scope's service.
 *
 * @param scope the feature's `name`, or its path, or with its root; absent for the default root's scope
 * @throws InfisicalConfigError when `root` cannot be a name
 *
 * @example
 * ```ts
 * import { app } from './main.js';
 *
 * const payments: SecretsService = app.get(getSecretsToken('/payments'));
 * await payments.refresh();
 * ```
 *
 * @publicApi
 */
export function getSecretsToken(scope?: string | ScopeReference): string {
  return tokenOf('INFISICAL_SECRETS', scope);
}

/** A secret whose token someone has asked for. */
export interface NamedSecretToken {
  readonly token: string;
  readonly name: string;
  /** Undefined for the default root. */
  readonly root: string | undefined;
  readonly scope: string | undefined;
}

const namedTokens = new Map<string, NamedSecretToken>();

/**
 * Injection token of one secret's text: for the `inject` of a factory, or for
 * `overrideProvider()` in tests, where all `@Secret(name)` of the scope get
 * what it provides. Call it before the app is created, as only modules that are
 * scanned after that have a provider of it. What a factory or a class injects
 * by it is loaded and reported like a `@Secret`, unless it is optional there;
 * it is the text with which the app started.
 *
 * @example
 * ```ts
 * import type { FactoryProvider } from '@nestjs/common';
 * import { createMailer, Mailer } from './mailer.js';
 *
 * const mailer: FactoryProvider = {
 *   provide: Mailer,
 *   inject: [getSecretToken('SMTP_URL')],
 *   useFactory: createMailer,
 * };
 * ```
 *
 * @param scope the feature's `name`, or its path, or with its root; absent for the default root's scope
 * @throws InfisicalConfigError when `root` cannot be a name
 *
 * @example
 * ```ts
 * import { AppModule } from './app.module.js';
 *
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getSecretToken('STRIPE_KEY', '/payments'))
 *   .useValue('only-in-tests')
 *   .compile();
 * ```
 *
 * @publicApi
 */
export function getSecretToken(
  name: KnownSecretName,
  scope?: string | ScopeReference,
): string {
  const token = secretToken(name, scope);
  const of = typeof scope === 'string' ? { scope } : scope;
  namedTokens.set(token, {
    token,
    name,
    root: rootName(of?.root, 'root'),
    scope: of?.scope,
  });
  return token;
}

/** The same text, without the wish for a provider. */
export function secretToken(
  name: string,
  scope: string | ScopeReference | undefined,
): string {
  return `${tokenOf('INFISICAL_SECRET', scope)}:${name}`;
}

/** The secret of a token, if {@link getSecretToken} made it. */
export function namedSecret(token: unknown): NamedSecretToken | undefined {
  return typeof token === 'string' ? namedTokens.get(token) : undefined;
}

/** All tokens that were asked for by now. */
export function namedSecrets(): readonly NamedSecretToken[] {
  return [...namedTokens.values()];
}

function tokenOf(base: string, of: string | ScopeReference = {}): string {
  const { root, scope } = typeof of === 'string' ? { scope: of } : of;
  const token = rootToken(base, rootName(root, 'root'));
  return scope === undefined ? token : `${token}:${scope}`;
}

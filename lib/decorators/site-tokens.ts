import type { ScopeMark } from '../secrets/scope-options.js';
import { secretToken } from '../secrets/secrets.tokens.js';
import type { ScopedSecret } from './secret-options.js';
import { ownScopeLabel } from './secret-site.js';

/** Token of the binder once all scopes of the app are loaded. */
export const INFISICAL_BOUND = Symbol('INFISICAL_BOUND');

/** Our own factories, to tell a provider that a test has overridden. */
const ownFactories = new WeakSet<object>();

/** Marks a factory as ours. */
export function markOwn<T extends object>(factory: T): T {
  ownFactories.add(factory);
  return factory;
}

/** Whether a provider is one of ours, not overridden. */
export function isOwnProvider(metatype: unknown): boolean {
  return typeof metatype === 'function' && ownFactories.has(metatype);
}

/** The public token behind a site: its name in the scope it is from. */
export function secretTokenOf(
  site: ScopedSecret,
  { root, label }: Pick<ScopeMark, 'root' | 'label'>,
): string {
  return secretToken(site.name, {
    root,
    scope: ownScopeLabel(site) ?? label,
  });
}

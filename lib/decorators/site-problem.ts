import type { SecretProblem } from '../secrets/missing-secrets.error.js';
import type { Scope } from '../secrets/scope.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { hintForMissing } from '../secrets/secret-hints.js';
import type { SecretSite } from './secret-site.js';

/** What is wrong with a site's secret in its scope, if anything. */
export function problemOf(
  site: SecretSite,
  scope: Scope,
  store: ScopeStore,
): SecretProblem | undefined {
  const state = store.state(scope);
  const { snapshot } = state;
  const text = snapshot?.get(site.name);
  const problem = (
    reason: SecretProblem['reason'],
    hint?: string,
  ): SecretProblem => ({
    name: site.name,
    reason,
    className: site.className,
    property: String(site.property),
    project: scope.projectId ?? scope.projectSlug ?? '',
    environment: scope.environment,
    path: scope.path,
    hint,
  });
  if (text !== undefined) {
    const error = parseError(site, text);
    return error === undefined ? undefined : problem('invalid', error);
  }
  if (snapshot?.isHidden(site.name)) {
    return problem(
      'hidden',
      'Give the machine identity the permission to read values there.',
    );
  }
  if (site.options.optional || 'default' in site.options) return undefined;
  return problem('missing', hintForMissing(site.name, state, store));
}

/** Why the text cannot be parsed; without the error's message, which may repeat the value. */
function parseError(site: SecretSite, text: string): string | undefined {
  try {
    site.options.parse?.(text);
    return undefined;
  } catch (error) {
    return `parse threw ${(error as Error)?.name ?? 'an error'}.`;
  }
}

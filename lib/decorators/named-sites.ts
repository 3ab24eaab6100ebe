import type { InjectionToken } from '@nestjs/common';
import { DEFAULT_ROOT } from '../common/root-name.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import {
  namedSecret,
  type NamedSecretToken,
} from '../secrets/secrets.tokens.js';
import type { PartialScope } from '../secrets/scope.js';
import { dependenciesOf, type Wrapper } from './module-graph.js';
import { scopeOfLabel, type TokenSite } from './secret-site.js';

/**
 * The secrets that a provider wants injected by a token of `getSecretToken`.
 *
 * @param markOf the mark of the module that gives a token
 */
export function namedSitesOf(
  wrapper: Wrapper,
  markOf: (token: InjectionToken) => ScopeMark | undefined,
): TokenSite[] {
  return dependenciesOf(wrapper).flatMap(({ token, place, isOptional }) => {
    const secret = namedSecret(token);
    const mark = secret && markOf(secret.token);
    if (!mark) return [];
    const site = {
      name: secret.name,
      className: String(wrapper.name),
      property: place,
      options: {
        ...ownScopeIn(secret, mark),
        root: secret.root ?? DEFAULT_ROOT,
        optional: isOptional,
      },
    };
    return { token: secret.token, site };
  });
}

/** What the token of a secret says of its scope besides the mark of the module that gives it. */
export function ownScopeIn(
  { scope }: NamedSecretToken,
  mark: ScopeMark,
): PartialScope {
  if (scope === undefined || scope === mark.label) return {};
  return scopeOfLabel(scope) ?? {};
}

import { type FactoryProvider, type Provider, Scope } from '@nestjs/common';
import { INQUIRER } from '@nestjs/core';
import type { ScopeMark } from '../secrets/scope-options.js';
import {
  type NamedSecretToken,
  namedSecrets,
} from '../secrets/secrets.tokens.js';
import { ownScopeIn } from './named-sites.js';
import { scopeOfLabel } from './secret-site.js';
import { batchesByNow, isGivenBy, type ParameterSite } from './site-batch.js';
import type { SiteBinder } from './site-binder.js';
import { INFISICAL_SITE_SOURCE, SiteSource } from './site-source.js';
import { INFISICAL_BOUND, markOwn } from './site-tokens.js';

/**
 * The providers of what sites that are known by now need of this scope.
 * Evaluated when Nest scans the module, so after every class of the app has
 * been loaded. They are few, because each feature of an app has them: one for
 * all properties, and one for each secret whose token someone has asked for.
 */
export function siteProviders(mark: ScopeMark): Provider[] {
  const named = namedIn(mark);
  return [
    ...named.map((secret) => textProvider(secret, mark)),
    sourceProvider(mark, named),
    ...batchesByNow()
      .flatMap((batch) => batch.tokensOf(mark))
      .map((token) => ({ provide: token, useExisting: INFISICAL_SITE_SOURCE })),
    ...parametersIn(mark).map((parameter) =>
      mark.isFeature || parameter.site.options.root !== undefined
        ? parameterProvider(parameter)
        : dispatchingProvider(parameter),
    ),
  ];
}

/** The tokens of these providers that other modules see. */
export function siteTokens(mark: ScopeMark): (symbol | string)[] {
  return [
    ...namedIn(mark).map(({ token }) => token),
    ...batchesByNow().flatMap((batch) => batch.tokensOf(mark)),
    ...parametersIn(mark).map(({ token }) => token),
  ];
}

function namedIn(mark: ScopeMark): NamedSecretToken[] {
  return namedSecrets().filter(
    ({ root, scope }) =>
      root === mark.root &&
      (scope === mark.label ||
        (scope !== undefined && scopeOfLabel(scope) !== undefined)),
  );
}

/**
 * The default root gives the parameters of all classes that it knows, wherever
 * they are. Its features know the same classes, except those that are loaded
 * lazily, which are in no first batch.
 */
function parametersIn(mark: ScopeMark): ParameterSite[] {
  const isLeftToRoot = mark.isFeature && mark.root === undefined;
  return batchesByNow()
    .filter(({ isFirst }) => !(isFirst && isLeftToRoot))
    .flatMap(({ parameters }) => parameters)
    .filter(({ site }) => isGivenBy(site.options.root, mark));
}

function textProvider(
  secret: NamedSecretToken,
  mark: ScopeMark,
): FactoryProvider {
  const { token, name } = secret;
  const options = ownScopeIn(secret, mark);
  return {
    provide: token,
    useFactory: markOwn((binder: SiteBinder): string | undefined =>
      binder.textFor({ name, options }, mark),
    ),
    inject: [INFISICAL_BOUND],
  };
}

function sourceProvider(
  mark: ScopeMark,
  named: readonly NamedSecretToken[],
): FactoryProvider {
  const tokens = named.map(({ token }) => token);
  return {
    provide: INFISICAL_SITE_SOURCE,
    useFactory: (
      binder: SiteBinder,
      ...texts: (string | undefined)[]
    ): SiteSource => {
      const byToken = new Map(tokens.map((token, i) => [token, texts[i]]));
      const source = new SiteSource(binder, mark, byToken);
      binder.settleSource(mark, source);
      return source;
    },
    inject: [INFISICAL_BOUND, ...tokens],
  };
}

function parameterProvider({ token, site }: ParameterSite): FactoryProvider {
  return {
    provide: token,
    useFactory: (source: SiteSource) => source.valueOf(site),
    inject: [INFISICAL_SITE_SOURCE],
  };
}

/** Finds the scope by the instance that is being created. */
function dispatchingProvider({ token, site }: ParameterSite): FactoryProvider {
  return {
    provide: token,
    scope: Scope.TRANSIENT,
    useFactory: (binder: SiteBinder, inquirer: unknown) =>
      binder.parameter(site, inquirer),
    inject: [INFISICAL_BOUND, INQUIRER],
  };
}

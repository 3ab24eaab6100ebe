import type { FactoryProvider } from '@nestjs/common';
import type { ScopeMark } from '../secrets/scope-options.js';
import { registeredSites, type SecretSite } from './secret-site.js';
import type { SiteBinder } from './site-binder.js';
import { INFISICAL_BOUND, markOwn, secretTokenOf } from './site-tokens.js';

/**
 * The providers of all sites that are known by now, for one scope: per name
 * its text, which tests override, and per site its value. Evaluated when Nest
 * scans the module, so after every class of the app has been loaded. There are
 * many of them in a large app, so each has one dependency only.
 */
export function siteProviders(mark: ScopeMark): FactoryProvider[] {
  const texts = new Map<string, FactoryProvider>();
  const values: FactoryProvider[] = [];
  for (const site of registeredSites()) {
    const token = secretTokenOf(site, mark.label);
    if (!texts.has(token)) texts.set(token, textProvider(token, site, mark));
    values.push(valueProvider(token, site));
  }
  return [...texts.values(), ...values];
}

/** The tokens of these providers. */
export function siteTokens({ label }: ScopeMark): (symbol | string)[] {
  return registeredSites().flatMap((site) => [
    secretTokenOf(site, label),
    site.token,
  ]);
}

function textProvider(
  token: string,
  site: SecretSite,
  mark: ScopeMark,
): FactoryProvider {
  return {
    provide: token,
    useFactory: markOwn((binder: SiteBinder): string | undefined =>
      binder.textFor(site, mark),
    ),
    inject: [INFISICAL_BOUND],
  };
}

function valueProvider(token: string, site: SecretSite): FactoryProvider {
  return {
    provide: site.token,
    useFactory: (text: string | undefined): unknown => valueOf(site, text),
    inject: [token],
  };
}

/**
 * The value of a site. Nest builds the providers of every site in every scope;
 * where the site's class is not, there is nothing to report.
 */
function valueOf({ options }: SecretSite, text: string | undefined): unknown {
  if (text === undefined) return options.default;
  if (!options.parse) return text;
  try {
    return options.parse(text);
  } catch {
    // Reported before by the binder, for the scopes where it matters.
    return undefined;
  }
}

import type { FactoryProvider } from '@nestjs/common';
import {
  INFISICAL_SCOPE_MARK,
  type ScopeMark,
} from '../secrets/scope-options.js';
import { registeredSites, type SecretSite } from './secret-site.js';
import type { SiteBinder } from './site-binder.js';
import { INFISICAL_BOUND, markOwn, secretTokenOf } from './site-tokens.js';

/**
 * The providers of all sites that are known by now, for one scope: per name
 * its text, which tests override, and per site its value. Evaluated when Nest
 * scans the module, so after every class of the app has been loaded.
 */
export function siteProviders(label?: string): FactoryProvider[] {
  const texts = new Map<string, FactoryProvider>();
  const values: FactoryProvider[] = [];
  for (const site of registeredSites()) {
    const token = secretTokenOf(site, label);
    if (!texts.has(token)) texts.set(token, textProvider(token, site));
    values.push(valueProvider(token, site));
  }
  return [...texts.values(), ...values];
}

function textProvider(token: string, site: SecretSite): FactoryProvider {
  return {
    provide: token,
    useFactory: markOwn(
      (binder: SiteBinder, mark: ScopeMark): string | undefined =>
        binder.textFor(site, mark),
    ),
    inject: [INFISICAL_BOUND, INFISICAL_SCOPE_MARK],
  };
}

function valueProvider(token: string, site: SecretSite): FactoryProvider {
  return {
    provide: site.token,
    useFactory: (text: string | undefined, binder: SiteBinder): unknown =>
      binder.valueFor(site, text),
    inject: [token, INFISICAL_BOUND],
  };
}

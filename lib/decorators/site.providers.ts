import type { FactoryProvider } from '@nestjs/common';
import type { ScopeMark } from '../secrets/scope-options.js';
import { readText } from '../secrets/secret-format.js';
import {
  type ClassSites,
  isGivenBy,
  registeredClasses,
  type SecretSite,
  type SiteValues,
} from './secret-site.js';
import type { SiteBinder } from './site-binder.js';
import { INFISICAL_BOUND, markOwn, secretTokenOf } from './site-tokens.js';

/**
 * The providers of all sites that are known by now and may be of this scope: per name
 * its text, which tests override, and per class its values. Evaluated when Nest
 * scans the module, so after every class of the app has been loaded.
 */
export function siteProviders(mark: ScopeMark): FactoryProvider[] {
  const texts = new Map<string, FactoryProvider>();
  const values: FactoryProvider[] = [];
  for (const declared of classesOf(mark)) {
    for (const site of declared.sites.values()) {
      const token = secretTokenOf(site, mark);
      if (!texts.has(token)) texts.set(token, textProvider(token, site, mark));
    }
    values.push(valuesProvider(declared, mark));
  }
  return [...texts.values(), ...values];
}

/** The tokens of these providers. */
export function siteTokens(mark: ScopeMark): (symbol | string)[] {
  return classesOf(mark).flatMap(({ token, sites }) => [
    token,
    ...[...sites.values()].map((site) => secretTokenOf(site, mark)),
  ]);
}

function classesOf(mark: ScopeMark): readonly ClassSites[] {
  return registeredClasses().filter((declared) => isGivenBy(declared, mark));
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

function valuesProvider(
  { token, sites, isParameter }: ClassSites,
  mark: ScopeMark,
): FactoryProvider {
  const list = [...sites.values()];
  return {
    provide: token,
    useFactory: (
      binder: SiteBinder,
      ...texts: (string | undefined)[]
    ): unknown => {
      const initial = list.map((site, i) => valueOf(site, texts[i]));
      if (isParameter) return initial[0];
      const values: SiteValues = {
        *[Symbol.iterator]() {
          for (const [i, site] of list.entries()) {
            const live = binder.liveRef(site, mark);
            const value = live ? live.value : initial[i];
            if (value !== undefined) yield [site.property, value] as const;
          }
        },
      };
      return values;
    },
    inject: [INFISICAL_BOUND, ...list.map((site) => secretTokenOf(site, mark))],
  };
}

/**
 * The value of a site. Nest builds the providers of every site in every scope;
 * where the site's class is not, there is nothing to report.
 */
function valueOf(
  { name, options }: SecretSite,
  text: string | undefined,
): unknown {
  if (text === undefined) return options.default;
  // A refusal was reported before by the binder, for the scopes where it matters.
  const reading = readText(text, options, `@Secret(${name})`);
  return reading.refusal === undefined ? reading.value : undefined;
}

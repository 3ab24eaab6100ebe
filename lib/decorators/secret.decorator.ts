import { Inject } from '@nestjs/common';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { rootName } from '../common/root-name.js';
import {
  checkFormat,
  FORMAT_OPTION_NAMES,
  type ParsedSecret,
} from '../secrets/secret-format.js';
import type { KnownSecretName } from '../secrets/secret-names.js';
import { defineQuietly } from './quiet-property.js';
import type { SecretOptions } from './secret-options.js';
import { type ClassSites, registerSite } from './secret-site.js';
import type { SiteSource } from './site-source.js';

const SECRET_OPTION_NAMES: readonly (keyof SecretOptions)[] = [
  'path',
  'environment',
  'root',
  'live',
  ...FORMAT_OPTION_NAMES,
];

/**
 * Injects the value of a secret into a property. It is there as soon as the
 * instance exists: in other providers' factories, in `onModuleInit`, and in
 * request-scoped and transient classes; not yet in the class's own
 * constructor. The secret comes from the scope of the nearest `forFeature`
 * that the class's module imports, else from the root scope, unless `root`
 * names another root.
 *
 * @param name name of the secret; one of `InfisicalSecretNames`, when that is declared
 * @throws MissingSecretsError at bootstrap, one for all missing secrets of an app
 *
 * @example
 * ```ts
 * export class Payments { @Secret('STRIPE_KEY') private readonly key!: string; }
 * export class Retries { @Secret('RETRIES', { parse: Number, default: 3 }) readonly max!: number; }
 * export class Mail { @Secret('SMTP_URL', { path: '/mail', live: true }) url!: string; }
 * ```
 *
 * @publicApi
 */
export function Secret<Options extends SecretOptions>(
  name: KnownSecretName,
  given?: Options & { default?: ParsedSecret<Options> },
): PropertyDecorator {
  const options: SecretOptions = given ?? {};
  if (typeof name !== 'string' || !name.trim()) {
    throw new InfisicalConfigError(
      '@Secret needs the name of a secret, as in @Secret("STRIPE_KEY").',
    );
  }
  assertKnownOptions(options, SECRET_OPTION_NAMES, `@Secret(${name})`);
  checkFormat(options, `@Secret(${name})`);
  if (options.live !== undefined && typeof options.live !== 'boolean') {
    throw new InfisicalConfigError(
      `@Secret(${name}): live must be true or false.`,
    );
  }
  rootName(options.root, `@Secret(${name}): root`);
  return (target, property) => {
    if (typeof target === 'function') {
      throw new InfisicalConfigError(
        `@Secret cannot inject the static property ${target.name}.${String(property)}: use an instance property.`,
      );
    }
    const first = registerSite(target.constructor, {
      name,
      className: target.constructor.name,
      property,
      options,
    });
    if (!first) return;
    // Its own, because the token is that of many classes, maybe of a parent.
    const key = Symbol(first.token.description);
    assignQuietly(target, key, first);
    Inject(first.token)(target, key);
  };
}

/**
 * Nest assigns the source of a class's values once, to a property that exists
 * on the prototype only. From there each value goes to its own property.
 */
function assignQuietly(
  target: object,
  property: symbol,
  declared: ClassSites,
): void {
  Object.defineProperty(target, property, {
    configurable: true,
    set(this: object, source: SiteSource) {
      for (const [name, value] of source.valuesOf(declared)) {
        defineQuietly(this, name, value);
      }
    },
  });
}

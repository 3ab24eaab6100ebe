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
import type { SecretOptions } from './secret-options.js';
import { registerParameter } from './secret-site.js';

/**
 * Options of `@InjectSecret`: those of `@Secret` without `live`, because a
 * parameter cannot change. For that, take `SecretsService#ref`.
 *
 * @example
 * ```ts
 * const port = { parse: Number, default: 587 } satisfies InjectSecretOptions;
 *
 * export class MailService {
 *   constructor(@InjectSecret('SMTP_PORT', port) private readonly port: number) {}
 * }
 * ```
 *
 * @publicApi
 */
export type InjectSecretOptions = Omit<SecretOptions, 'live'>;

/**
 * Injects the value of a secret into a parameter of a constructor. Its scope
 * is found as that of `@Secret`, and it is reported with them when it is
 * missing or invalid.
 *
 * @param name name of the secret; one of `InfisicalSecretNames`, when that is declared
 * @throws MissingSecretsError at bootstrap, one for all missing secrets of an app
 * @throws InfisicalConfigError when an option is wrong, or it is not at a parameter of a constructor
 *
 * @example
 * ```ts
 * export class Mail {
 *   constructor(@InjectSecret('PORT', { parse: Number }) readonly port: number) {}
 * }
 * ```
 *
 * @publicApi
 */
export function InjectSecret<Options extends InjectSecretOptions>(
  name: KnownSecretName,
  given?: Options & { default?: ParsedSecret<Options> },
): ParameterDecorator {
  const options: InjectSecretOptions = given ?? {};
  if (typeof name !== 'string' || !name.trim()) {
    throw new InfisicalConfigError(
      '@InjectSecret needs the name of a secret, as in @InjectSecret("STRIPE_KEY").',
    );
  }
  const what = `@InjectSecret(${name})`;
  assertKnownOptions(
    options,
    ['path', 'environment', 'root', ...FORMAT_OPTION_NAMES],
    what,
  );
  checkFormat(options, what);
  rootName(options.root, `${what}: root`);
  return (target, property, index) => {
    if (typeof target !== 'function' || property !== undefined) {
      throw new InfisicalConfigError(
        `${what} is for parameters of constructors. For properties take @Secret.`,
      );
    }
    const token = registerParameter(target, {
      name,
      className: target.name,
      property: `constructor[${index}]`,
      options,
    });
    Inject(token)(target, undefined, index);
  };
}

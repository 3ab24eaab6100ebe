import { Inject } from '@nestjs/common';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { registerSite, type SecretOptions } from './secret-site.js';

/**
 * Injects the value of a secret into a property. It is there as soon as the
 * instance exists: in other providers' factories, in `onModuleInit`, and in
 * request-scoped and transient classes; not yet in the class's own
 * constructor. The secret comes from the scope of the nearest `forFeature`
 * that the class's module imports, else from the root scope.
 *
 * @example
 * class PaymentsService {
 *   @Secret('STRIPE_KEY') private readonly stripeKey!: string;
 *   @Secret('RETRIES', { parse: Number, default: 3 }) private readonly retries!: number;
 * }
 *
 * @param name name of the secret
 * @throws MissingSecretsError at bootstrap, one for all missing secrets of the app
 * @publicApi
 */
export function Secret<T = string>(
  name: string,
  options: SecretOptions<T> = {},
): PropertyDecorator {
  if (typeof name !== 'string' || !name.trim()) {
    throw new InfisicalConfigError(
      '@Secret needs the name of a secret, as in @Secret("STRIPE_KEY").',
    );
  }
  return (target, property) => {
    if (typeof target === 'function') {
      throw new InfisicalConfigError(
        `@Secret cannot inject the static property ${target.name}.${String(property)}: use an instance property.`,
      );
    }
    const className = target.constructor.name;
    const site = {
      // A token of its own: the same name may be another secret elsewhere.
      token: Symbol(`@Secret(${name}) of ${className}.${String(property)}`),
      name,
      className,
      property,
      options: options as SecretOptions<unknown>,
    };
    registerSite(target, site);
    concealOnAssignment(target, property);
    Inject(site.token)(target, property);
  };
}

/**
 * Makes Nest's assignment a non-enumerable property, so that printing or
 * serialising the instance does not show the value. Native class fields
 * (`useDefineForClassFields`) go past this; their singletons are seen to at
 * bootstrap.
 */
function concealOnAssignment(target: object, property: string | symbol): void {
  Object.defineProperty(target, property, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      Object.defineProperty(this, property, {
        configurable: true,
        enumerable: false,
        writable: true,
        value,
      });
    },
  });
}

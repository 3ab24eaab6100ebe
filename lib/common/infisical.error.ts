/**
 * The base of every error this package throws.
 *
 * Messages and fields of these errors never carry a secret value, a token or a
 * credential, and every message tells what to do next.
 *
 * @publicApi
 */
export class InfisicalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * An option, an argument or the wiring of a module is wrong. Thrown before
 * anything is sent; trying again does not help.
 *
 * @publicApi
 */
export class InfisicalConfigError extends InfisicalError {}

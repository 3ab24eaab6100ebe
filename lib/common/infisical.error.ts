/**
 * The base of every error this package throws.
 *
 * Messages and fields of these errors never carry a secret value, a token or a
 * credential, and every message tells what to do next.
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.list();
 * } catch (error) {
 *   if (!(error instanceof InfisicalError)) throw error;
 *   logger.error(error.message); // tells what to do next, and holds no value
 * }
 * ```
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
 * @example
 * ```ts
 * try {
 *   const client = new InfisicalClient({ siteUrl: process.env['SITE_URL'] });
 * } catch (error) {
 *   if (!(error instanceof InfisicalConfigError)) throw error;
 *   logger.error(error.message);
 *   process.exitCode = 78;
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalConfigError extends InfisicalError {}

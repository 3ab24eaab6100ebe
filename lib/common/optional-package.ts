import { InfisicalConfigError } from './infisical.error.js';

/**
 * Loads a package that is an optional peer, on demand.
 *
 * @param load a function that imports it, so that bundlers see the name
 * @throws InfisicalConfigError naming the package to install
 */
export async function loadOptionalPackage<T>(
  name: string,
  neededFor: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') {
      throw error;
    }
    throw new InfisicalConfigError(
      `${neededFor} needs the package "${name}", which is not installed. Run: npm install ${name}`,
      { cause: error },
    );
  }
}

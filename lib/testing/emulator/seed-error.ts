import { InfisicalConfigError } from '../../common/infisical.error.js';

/** Says where in the seed something is wrong. */
export function badSeed(text: string): InfisicalConfigError {
  return new InfisicalConfigError(`The emulator's seed is not valid. ${text}.`);
}

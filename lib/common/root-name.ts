import { InfisicalConfigError } from './infisical.error.js';

/** Name of the root that was given none. */
export const DEFAULT_ROOT = 'default';

/** What a root may be called: its name becomes part of tokens and of task names. */
const ROOT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The name of a root as it is used inside: undefined for the default root.
 *
 * @throws InfisicalConfigError when it cannot be a name
 */
export function rootName(
  name: string | undefined,
  what: string,
): string | undefined {
  if (name === undefined || name === DEFAULT_ROOT) return undefined;
  if (typeof name !== 'string' || !ROOT_NAME.test(name)) {
    throw new InfisicalConfigError(
      `${what} must be a name of letters, digits, ".", "_" and "-", such as "billing".`,
    );
  }
  return name;
}

/** A token of the default root, or the one of the same thing in another root. */
export function rootToken(base: string, root: string | undefined): string {
  return root === undefined ? base : `${base}@${root}`;
}

/** The root in words, for messages. */
export function describeRoot(root: string | undefined): string {
  return root === undefined
    ? 'InfisicalModule.forRoot'
    : `InfisicalModule.forRoot({ name: "${root}" })`;
}

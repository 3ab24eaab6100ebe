import type { JwtPayload } from 'jsonwebtoken';
import { matchesGlob } from '../../access/glob.js';

/** Whether a value of a token is one that the configuration allows. */
export function matchesPolicy(value: unknown, policy: string): boolean {
  if (typeof value === 'boolean') return String(value) === policy;
  if (typeof value === 'number') return String(value) === policy;
  if (typeof value !== 'string') return false;
  return value === policy || matchesGlob(value, policy);
}

/** Whether a value, or one of several, is in a list such as `a, b`. */
export function matchesList(value: unknown, policies: string): boolean {
  const allowed = policies.split(', ');
  return [value]
    .flat()
    .some((one) => allowed.some((policy) => matchesPolicy(one, policy)));
}

/** A claim by its name, or by the path to it with dots. */
export function claimOf(claims: JwtPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((at, key) => {
    const isObject = typeof at === 'object' && at !== null;
    return isObject && Object.hasOwn(at, key)
      ? (at as Record<string, unknown>)[key]
      : undefined;
  }, claims);
}

import { Inject } from '@nestjs/common';
import { getLeaseToken, type InjectLeaseOptions } from './lease-tokens.js';

/**
 * Injects the `LeaseRef` of a dynamic secret. The lease is there when the
 * instance is created, is replaced before it ends, shared by all who want the
 * same one, and revoked when the app ends, after what uses it has closed.
 *
 * @param name name of the dynamic secret
 * @throws InfisicalConfigError when an option is wrong, or its TTL cannot hold two overlaps
 * @throws InfisicalNotFoundError at bootstrap when there is no such dynamic secret
 *
 * @example
 * ```ts
 * export class Orders {
 *   constructor(@InjectLease('db') readonly lease: LeaseRef<'sql-database'>) {}
 * }
 * ```
 *
 * @publicApi
 */
export function InjectLease(
  name: string,
  options?: InjectLeaseOptions,
): PropertyDecorator & ParameterDecorator {
  return Inject(getLeaseToken(name, options));
}

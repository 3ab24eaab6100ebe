import { Inject } from '@nestjs/common';
import { SecretsService } from '../secrets/secrets.service.js';
import {
  getSecretsToken,
  type ScopeReference,
} from '../secrets/secrets.tokens.js';
import { getInfisicalToken, type InfisicalRootService } from './root-tokens.js';

/**
 * Injects a root's `InfisicalClient`, or another of its services.
 *
 * @param root name of the root, as in `forRoot({ name })`; absent for the default root
 * @param service `TokenService`, `KmsService` or `DynamicLeaseService`; absent for the `InfisicalClient`
 * @throws InfisicalConfigError when `root` cannot be a name
 *
 * @example
 * ```ts
 * export class Billing {
 *   constructor(@InjectInfisical('billing') readonly client: InfisicalClient) {}
 * }
 * export class Receipts {
 *   constructor(@InjectInfisical('billing', KmsService) readonly kms: KmsService) {}
 * }
 * ```
 *
 * @publicApi
 */
export function InjectInfisical(
  root?: string,
  service?: InfisicalRootService,
): PropertyDecorator & ParameterDecorator {
  return Inject(getInfisicalToken(root, service));
}

/**
 * Injects the `SecretsService` of a scope.
 *
 * @param scope the feature's `name`, or its path, or `{ root, scope }` in a named root; absent for the nearest scope
 * @throws InfisicalConfigError when `root` cannot be a name
 *
 * @example
 * ```ts
 * export class Payments {
 *   constructor(@InjectSecrets('/payments') readonly secrets: SecretsService) {}
 * }
 * export class Billing {
 *   constructor(@InjectSecrets({ root: 'billing' }) readonly secrets: SecretsService) {}
 * }
 * ```
 *
 * @publicApi
 */
export function InjectSecrets(
  scope?: string | ScopeReference,
): PropertyDecorator & ParameterDecorator {
  return Inject(scope === undefined ? SecretsService : getSecretsToken(scope));
}

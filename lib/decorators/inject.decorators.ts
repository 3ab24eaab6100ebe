import { Inject } from '@nestjs/common';
import { getInfisicalToken } from '../client/client-token.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';

/**
 * Injects the `InfisicalClient`.
 *
 * @publicApi
 */
export function InjectInfisical(): PropertyDecorator & ParameterDecorator {
  return Inject(getInfisicalToken());
}

/**
 * Injects the `SecretsService` of a scope.
 *
 * @param scope the feature's `name`, or its path; absent for the nearest scope
 * @publicApi
 */
export function InjectSecrets(
  scope?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(scope === undefined ? SecretsService : getSecretsToken(scope));
}

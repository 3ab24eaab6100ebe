import type { InjectionToken } from '@nestjs/common';
import { InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { rootName, rootToken } from '../common/root-name.js';
import { KmsService } from '../kms/kms.service.js';
import { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import { TokenService } from '../renewal/token.service.js';

/**
 * What each root has one of. (Its `SecretsService` has `getSecretsToken`.)
 *
 * @example
 * ```ts
 * import { app } from './main.js';
 *
 * function ofBilling(service: InfisicalRootService) {
 *   return app.get(getInfisicalToken('billing', service));
 * }
 * ```
 *
 * @publicApi
 */
export type InfisicalRootService =
  | typeof InfisicalClient
  | typeof TokenService
  | typeof KmsService
  | typeof DynamicLeaseService;

/** Token bases of the services; not their names, which a bundler may shorten. */
const BASES = new Map<InfisicalRootService, string>([
  [InfisicalClient, 'INFISICAL_CLIENT'],
  [TokenService, 'INFISICAL_TOKEN'],
  [KmsService, 'INFISICAL_KMS'],
  [DynamicLeaseService, 'INFISICAL_LEASES'],
]);

/**
 * Injection token of the default root's client: the class itself.
 *
 * @example
 * ```ts
 * import { AppModule, testClient } from './app.setup.js';
 *
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getInfisicalToken('billing'))
 *   .useValue(testClient)
 *   .compile();
 * ```
 *
 * @publicApi
 */
export function getInfisicalToken(): typeof InfisicalClient;
/**
 * Injection token of a root's client, or of another of its services, for
 * `@Inject` in factories and for `overrideProvider()` in tests. For the default
 * root it is the class itself.
 *
 * @param root name of the root, as in `forRoot({ name })`; absent for the default root
 * @param service `TokenService`, `KmsService` or `DynamicLeaseService`; absent for the `InfisicalClient`
 * @throws InfisicalConfigError when `root` cannot be a name
 * @publicApi
 */
export function getInfisicalToken(
  root: string | undefined,
  service?: InfisicalRootService,
): InjectionToken;
export function getInfisicalToken(
  root?: string,
  service: InfisicalRootService = InfisicalClient,
): InjectionToken {
  const base = BASES.get(service);
  if (base === undefined) {
    throw new InfisicalConfigError(
      'Only InfisicalClient, TokenService, KmsService and DynamicLeaseService are services of a root. For a SecretsService use getSecretsToken({ root }) or @InjectSecrets({ root }).',
    );
  }
  const name = rootName(root, 'The name of a root');
  return name === undefined ? service : rootToken(base, name);
}

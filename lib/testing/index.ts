export type {
  EmulatorDynamicSecrets,
  EmulatorProviderFault,
  EmulatorProviderOperation,
} from './emulator/dynamic/provider-faults.js';
export {
  type EmulatorGeneration,
  type EmulatorLease,
  type EmulatorPlan,
  type EmulatorRequest,
  type EmulatorRequestFilter,
  type InfisicalEmulatorOptions,
} from './emulator/options.js';
export {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  type EmulatorSeedEnvironment,
  type EmulatorSeedIdentity,
  type EmulatorSeedProject,
  type EmulatorSeedUser,
} from './emulator/seed.js';
export type { EmulatorSeedDynamicSecret } from './emulator/seed-dynamic.js';
export type {
  EmulatorPermission,
  EmulatorPermissionCondition,
  EmulatorPermissionOperators,
  EmulatorRole,
  EmulatorSeedMembership,
  EmulatorSeedRole,
} from './emulator/seed-permissions.js';
export type { EmulatorIdentities } from './emulator/auth/identity-types.js';
export type {
  EmulatorAccessTokenIssuer,
  EmulatorAliCloudAccessKey,
  EmulatorAliCloudProvider,
  EmulatorAwsAccessKey,
  EmulatorAwsProvider,
  EmulatorAzureProvider,
  EmulatorCertificate,
  EmulatorGcpProvider,
  EmulatorJwtProvider,
  EmulatorKubernetesProvider,
  EmulatorLdapProvider,
  EmulatorLdapUser,
  EmulatorOciProvider,
  EmulatorOciUser,
  EmulatorOidcProvider,
  EmulatorProviders,
  EmulatorSpiffeProvider,
  EmulatorTlsProvider,
  EmulatorTokenOptions,
} from './emulator/auth/providers/provider-types.js';
export type {
  EmulatorSeedAliCloudAuth,
  EmulatorSeedAuthMethods,
  EmulatorSeedAwsAuth,
  EmulatorSeedAzureAuth,
  EmulatorSeedBoundClaims,
  EmulatorSeedGcpAuth,
  EmulatorSeedJwtAuth,
  EmulatorSeedKubernetesAuth,
  EmulatorSeedLdapAuth,
  EmulatorSeedList,
  EmulatorSeedLockout,
  EmulatorSeedOciAuth,
  EmulatorSeedOidcAuth,
  EmulatorSeedServiceToken,
  EmulatorSeedSpiffeAuth,
  EmulatorSeedTlsCertAuth,
  EmulatorSeedTokenPolicy,
  EmulatorSeedUniversalAuth,
} from './emulator/seed-auth.js';
export type {
  EmulatorSeedProjectExtras,
  EmulatorSeedSecret,
} from './emulator/seed-secrets.js';
export type {
  EmulatorActiveTrouble,
  EmulatorFault,
  EmulatorProviderFailure,
  EmulatorSecretPlace,
  EmulatorTrouble,
  EmulatorTroubleRule,
  EmulatorTroubleScope,
} from './emulator/trouble/trouble-types.js';
export { InfisicalEmulator } from './emulator/infisical-emulator.js';
export {
  assertNoSecretLeaks,
  SecretLeakError,
  type SecretLeakOptions,
  type SecretsToGuard,
} from './leaks/assert-no-secret-leaks.js';
export type { SecretLeak } from './leaks/find-leaks.js';
export {
  getInfisicalTestingToken,
  InfisicalTesting,
} from './module/infisical-testing.js';
export {
  InfisicalTestingModule,
  type OverridingBuilder,
} from './module/infisical-testing.module.js';
export type {
  InfisicalTestingOptions,
  TestingDynamicSecret,
  TestingKmsAlgorithm,
  TestingPlace,
  TestingScope,
} from './module/testing-options.js';
export { VirtualClock } from './virtual-clock.js';

export * from './client/index.js';
export {
  infisicalConfig,
  type InfisicalConfigFactory,
  type InfisicalConfigKey,
  type InfisicalConfigOptions,
} from './config/infisical-config.js';
export {
  InjectInfisical,
  InjectSecrets,
} from './decorators/inject.decorators.js';
export {
  InjectSecret,
  type InjectSecretOptions,
} from './decorators/inject-secret.decorator.js';
export {
  OnSecretChange,
  type OnSecretChangeOptions,
} from './decorators/on-secret-change.decorator.js';
export {
  getInfisicalToken,
  type InfisicalRootService,
} from './decorators/root-tokens.js';
export type { SecretOptions } from './decorators/secret-options.js';
export { InjectLease } from './decorators/inject-lease.decorator.js';
export {
  getLeaseToken,
  type InjectLeaseOptions,
} from './decorators/lease-tokens.js';
export { Secret } from './decorators/secret.decorator.js';
export { InfisicalModule } from './infisical.module.js';
export { KmsService } from './kms/kms.service.js';
export {
  type AcquireLeaseOptions,
  type DynamicLeaseEvent,
  DynamicLeaseService,
  type LeaseSummary,
} from './leases/dynamic-lease.service.js';
export { LeaseCredentials } from './leases/lease-credentials.js';
export type { LeaseEvent, LeaseStatus } from './leases/lease-event.js';
export type { LeaseOverlapOptions } from './leases/lease-overlap.js';
export type { LeaseProof } from './leases/lease-proof.js';
export { type LeaseFields, LeaseRef } from './leases/lease-ref.js';
export type { LeaseMode } from './leases/lease.state.js';
export {
  RotatingResource,
  rotatingResource,
  type RotatingResourceOptions,
} from './leases/rotating-resource.js';
export type { RotationHandler } from './leases/managed-lease.js';
export type { InfisicalAsyncSource } from './core/async-options.js';
export type {
  InfisicalFeatureAsyncOptions,
  InfisicalFeatureFactory,
} from './core/feature-options.js';
export type {
  InfisicalModuleAsyncOptions,
  InfisicalModuleExtras,
  InfisicalModuleOptions,
  InfisicalOptionsFactory,
  ProcessEnvOptions,
} from './core/module-options.js';
export { TOKEN_RENEWAL_TASK } from './renewal/token-renewal.task.js';
export {
  TokenService,
  type TokenCircuit,
  type TokenServiceEvent,
  type TokenServiceState,
} from './renewal/token.service.js';
export type {
  InfisicalSecretNames,
  KnownSecretName,
} from './secrets/secret-names.js';
export {
  loadSecrets,
  type LoadScopeOptions,
  type LoadSecretsOptions,
} from './secrets/load-secrets.js';
export {
  LoadedSecrets,
  type LoadedSecretsHandle,
  type SecretsReader,
} from './secrets/loaded-secrets.js';
export {
  MissingSecretsError,
  type SecretProblem,
} from './secrets/missing-secrets.error.js';
export type {
  InfisicalFeatureNames,
  InfisicalFeatureOptions,
  InfisicalFeatureScope,
  InfisicalFeatureSettings,
} from './secrets/scope-options.js';
export type { ScopeSchemaOptions } from './secrets/scope-schemas.js';
export type { ScopeStatus } from './secrets/scope-state.js';
export type {
  ParsedSecret,
  SecretFormat,
  SecretParser,
  SecretValue,
} from './secrets/secret-format.js';
export { SecretRef } from './secrets/secret-ref.js';
export type { SecretsEvent } from './secrets/secrets-event.js';
export { SECRETS_REFRESH_TASK } from './secrets/secrets-refresh.task.js';
export {
  type FetchSecretOptions,
  SecretsService,
  type TenantScopeOptions,
} from './secrets/secrets.service.js';
export {
  getSecretsToken,
  getSecretToken,
  type ScopeReference,
} from './secrets/secrets.tokens.js';
export type { SecretChange } from './secrets/snapshot.js';
export {
  type SnapshotRefusal,
  SnapshotRefusedError,
} from './secrets/snapshot-store/snapshot-refused.error.js';
export type {
  SnapshotKey,
  SnapshotShareOptions,
  SnapshotStorage,
  SnapshotStoreOptions,
} from './secrets/snapshot-store/snapshot-store.options.js';
export type {
  SchemaOutput,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from './secrets/standard-schema.js';
export type {
  RefreshOptions,
  RemovedSecrets,
} from './secrets/refresh-options.js';
export type { StartupOptions } from './secrets/startup.js';
export type { SecretNameIn, SecretValueIn } from './secrets/typed-secrets.js';
export { InfisicalWebhookModule } from './webhook/infisical-webhook.module.js';
export type {
  InfisicalWebhookAsyncOptions,
  InfisicalWebhookExtras,
  InfisicalWebhookOptions,
  InfisicalWebhookOptionsFactory,
} from './webhook/webhook-options.js';
export { InfisicalWebhookReceiver } from './webhook/webhook-receiver.js';

export type { AliCloudAuthOptions } from './auth/ali-cloud.auth.js';
export type { AuthOptions, LoginOptions } from './auth/auth-method.js';
export type { AwsAccessKey, AwsCredentials } from './auth/aws-keys.js';
export type { AwsAuthOptions } from './auth/aws.auth.js';
export type { AzureAuthOptions } from './auth/azure.auth.js';
export type {
  CloudIdentityOptions,
  CloudPlatform,
} from './auth/cloud-provider.js';
export type { Credential, CredentialFile } from './auth/credential.js';
export type {
  CredentialChainOptions,
  CredentialContext,
  CredentialProvider,
  NoCredentials,
  ProvidedCredentials,
} from './auth/credential-provider.js';
export {
  type CredentialAttempt,
  InfisicalCredentialsError,
} from './auth/credentials.error.js';
export {
  defaultCredentialProviders,
  type DefaultCredentialProvidersOptions,
} from './auth/default-credential-providers.js';
export type {
  GcpIamAuthOptions,
  GcpServiceAccountKey,
} from './auth/gcp-iam.auth.js';
export type { GcpIdTokenAuthOptions } from './auth/gcp-id-token.auth.js';
export type { JwtAuthOptions } from './auth/jwt.auth.js';
export type { KubernetesAuthOptions } from './auth/kubernetes.auth.js';
export type { LdapAuthOptions } from './auth/ldap.auth.js';
export type { JwtLoginOptions } from './auth/jwt-login.js';
export type { IdentityLoginOptions } from './auth/login-method.js';
export type { OciAuthOptions } from './auth/oci.auth.js';
export type { OidcAuthOptions } from './auth/oidc.auth.js';
export type { AwsKeys } from './auth/sigv4.js';
export type { SpiffeAuthOptions } from './auth/spiffe.auth.js';
export type { TlsCertAuthOptions } from './auth/tls-cert.auth.js';
export type { UniversalAuthCredentials } from './auth/universal.auth.js';
export { AuthApi, type Login, type LoginResult } from './client/auth.api.js';
export type {
  CallOptions,
  DeprecatedClientOptions,
  InfisicalClientOptions,
  ScopeOptions,
} from './client/client-options.js';
export { getInfisicalToken } from './client/client-token.js';
export type {
  AwsElasticacheInputs,
  AwsIamBaseInputs,
  AwsIamInputs,
  AwsMemorydbInputs,
  AzureEntraIdInputs,
  AzureSqlDatabaseInputs,
  CassandraInputs,
  ClickhouseInputs,
  CouchbaseInputs,
  DynamicSecretInputs,
  DynamicSecretInputsByType,
  DynamicSecretProvider,
  DynamicSecretType,
  ElasticSearchInputs,
  GcpIamInputs,
  GithubInputs,
  IbmApiConnectInputs,
  KubernetesBaseInputs,
  KubernetesInputs,
  LdapBaseInputs,
  LdapInputs,
  MilvusInputs,
  MongoDbAtlasInputs,
  MongoDbInputs,
  PasswordRequirements,
  RabbitMqInputs,
  RedisInputs,
  SapAseInputs,
  SapHanaInputs,
  SnowflakeInputs,
  SqlDatabaseInputs,
  SshInputs,
  TailscaleBaseInputs,
  TailscaleInputs,
  TotpInputs,
  VerticaInputs,
} from './client/dynamic-secret-providers.js';
export type { DynamicSecret } from './client/dynamic-secret-record.js';
export {
  type CreateDynamicSecretOptions,
  type DeleteDynamicSecretOptions,
  DynamicSecretsApi,
  type NewDynamicSecret,
  type UpdateDynamicSecretOptions,
} from './client/dynamic-secrets.api.js';
export {
  type CreateEnvironmentOptions,
  type DeleteEnvironmentOptions,
  type Environment,
  EnvironmentsApi,
  type UpdateEnvironmentOptions,
} from './client/environments.api.js';
export {
  type CreateFolderOptions,
  type DeleteFolderOptions,
  type UpdateFolderOptions,
  type Folder,
  FoldersApi,
  type ListFoldersOptions,
  type UpdateManyFolder,
} from './client/folders.api.js';
export {
  InfisicalClient,
  type RequestOptions,
} from './client/infisical-client.js';
export { KmsApi, type Plaintext, type SignOptions } from './client/kms.api.js';
export type {
  KmsAlgorithm,
  KmsKeyUsage,
  KmsMacAlgorithm,
  KmsSigningAlgorithm,
} from './client/kms-algorithms.js';
export type {
  AllKmsKeysOptions,
  CreateKmsKeyOptions,
  ExportedKmsKey,
  ImportedKmsKeys,
  ImportKmsKey,
  ImportKmsKeysOptions,
  KmsScopeOptions,
  ListKmsKeysOptions,
  UpdateKmsKeyOptions,
} from './client/kms-key-options.js';
export {
  type EnvelopeOptions,
  type EnvelopeTextOptions,
  KmsEnvelope,
} from './client/kms-envelope.js';
export type { KmsKey } from './client/kms-key-record.js';
export { KmsKeysApi } from './client/kms-keys.api.js';
export type {
  AwsIamCredentials,
  AzureEntraIdCredentials,
  CouchbaseCredentials,
  DatabaseCredentials,
  GcpIamCredentials,
  GithubCredentials,
  IbmApiConnectCredentials,
  KubernetesCredentials,
  LdapCredentials,
  LeaseData,
  LeaseDataByType,
  LeaseDataOf,
  SshCredentials,
  TailscaleCredentials,
  TotpCredentials,
} from './client/lease-data.js';
export {
  Lease,
  LeaseWithCredentials,
  LeaseWithSecret,
} from './client/lease-record.js';
export {
  type CreateLeaseArguments,
  type CreateLeaseOptions,
  type KubernetesLeaseConfig,
  type LeaseConfig,
  LeasesApi,
  type LeaseScopeOptions,
  type RenewLeaseOptions,
  type RevokeLeaseOptions,
  type SshLeaseConfig,
} from './client/leases.api.js';
export type { NetworkOptions } from './client/network-options.js';
export {
  type CreateProjectOptions,
  type InviteMembersOptions,
  type ListProjectsOptions,
  type Project,
  type ProjectMembership,
  ProjectsApi,
  type UpdateProjectOptions,
} from './client/projects.api.js';
export {
  type CreateImportOptions,
  type ImportedSecrets,
  type ImportPlace,
  type ImportSource,
  type SecretImport,
  type SecretImportDetail,
  SecretImportsApi,
  type UpdateImportOptions,
} from './client/secret-imports.api.js';
export { PartialBatchError } from './client/partial-batch.error.js';
export type {
  AttachToEnvOptions,
  EnvAttachment,
  EnvSkipReason,
  NamePattern,
  SkippedVariable,
} from './client/process-env.js';
export type { ProjectOptions } from './client/project-options.js';
export type { CacheOptions } from './client/read-cache.js';
export {
  type SecretMetadata,
  SecretRecord,
  type SecretTag,
  type SecretType,
} from './client/secret-record.js';
export type {
  AttachToProcessEnvOptions,
  BatchOptions,
  CreateManyItem,
  CreateSecretOptions,
  DeleteManyOptions,
  DeleteSecretOptions,
  DuplicatedSecret,
  DuplicateSecretsOptions,
  GetSecretOptions,
  ListSecretsOptions,
  MetadataPair,
  MoveSecretsOptions,
  MoveSecretsResult,
  ReadSecretOptions,
  SecretDestination,
  SecretName,
  SecretTagsOptions,
  SecretVersionsOptions,
  UpdateManyItem,
  UpdateManyOptions,
  UpdateSecretOptions,
  WriteSecretFields,
} from './client/secret-options.js';
export type { SecretList } from './client/secret-list.js';
export type { ConditionalList } from './client/secret-reads.js';
export { SecretsApi } from './client/secrets.api.js';
export { type TagFields, TagsApi } from './client/tags.api.js';
export type { Bytes } from './common/bytes.js';
export type { ClientLogger } from './common/client-logger.js';
export type { Clock, TimerHandle } from './common/clock.js';
export type { Duration } from './common/duration.js';
export {
  InfisicalConfigError,
  InfisicalError,
} from './common/infisical.error.js';
export type { Random } from './common/random.js';
export { Redacted } from './common/redaction.js';
export {
  createSymmetricKey,
  decryptSymmetric,
  type DecryptSymmetricOptions,
  encryptSymmetric,
  type EncryptSymmetricOptions,
  type SymmetricCiphertext,
} from './crypto/symmetric.js';
export {
  InjectInfisical,
  InjectSecrets,
} from './decorators/inject.decorators.js';
export type { SecretOptions } from './decorators/secret-site.js';
export { Secret } from './decorators/secret.decorator.js';
export {
  InfisicalAuthError,
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalRateLimitError,
  InfisicalTimeoutError,
  InfisicalValidationError,
  type HttpErrorInit,
} from './http/errors.js';
export type { QueryValue } from './http/http-client.js';
export type { ProxyOptions } from './http/proxy.js';
export type { RetryOptions } from './http/retry-policy.js';
export type { TlsOptions } from './http/tls-options.js';
export type {
  Transport,
  TransportRequest,
  TransportResponse,
} from './http/transport.js';
export { InfisicalModule } from './infisical.module.js';
export { KmsService } from './kms/kms.service.js';
export {
  type AcquireLeaseOptions,
  DynamicLeaseService,
  type LeaseSummary,
} from './leases/dynamic-lease.service.js';
export { LeaseCredentials } from './leases/lease-credentials.js';
export type { LeaseMode } from './leases/lease-plan.js';
export { LeaseRef } from './leases/lease-ref.js';
export type {
  LeaseEvent,
  LeaseStatus,
  RotationHandler,
} from './leases/managed-lease.js';
export type {
  InfisicalModuleAsyncOptions,
  InfisicalModuleExtras,
  InfisicalModuleOptions,
  InfisicalOptionsFactory,
} from './core/module-options.js';
export { TOKEN_RENEWAL_TASK } from './renewal/token-renewal.task.js';
export {
  TokenService,
  type TokenServiceEvent,
  type TokenServiceState,
} from './renewal/token.service.js';
export {
  MissingSecretsError,
  type SecretProblem,
} from './secrets/missing-secrets.error.js';
export type { InfisicalFeatureOptions } from './secrets/scope-options.js';
export type { ScopeStatus } from './secrets/scope-store.js';
export { SECRETS_REFRESH_TASK } from './secrets/secrets-refresh.task.js';
export {
  type FetchSecretOptions,
  SecretsService,
} from './secrets/secrets.service.js';
export { getSecretsToken, getSecretToken } from './secrets/secrets.tokens.js';
export type { SecretChange } from './secrets/snapshot.js';

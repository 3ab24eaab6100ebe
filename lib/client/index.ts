/**
 * The client without Nest: the entry `nestjs-infisical/client`. The main entry
 * has all of it, too.
 */
export type { AliCloudAuthOptions } from '../auth/ali-cloud.auth.js';
export type { AuthOptions, LoginOptions } from '../auth/auth-method.js';
export type { AwsAccessKey, AwsCredentials } from '../auth/aws-keys.js';
export type { AwsAuthOptions } from '../auth/aws.auth.js';
export type { AzureAuthOptions } from '../auth/azure.auth.js';
export type {
  CloudIdentityOptions,
  CloudPlatform,
} from '../auth/cloud-provider.js';
export type {
  CredentialChainOptions,
  CredentialContext,
  CredentialProvider,
  NoCredentials,
  ProvidedCredentials,
} from '../auth/credential-provider.js';
export type { Credential, CredentialFile } from '../auth/credential.js';
export {
  type CredentialAttempt,
  InfisicalCredentialsError,
} from '../auth/credentials.error.js';
export {
  defaultCredentialProviders,
  type DefaultCredentialProvidersOptions,
} from '../auth/default-credential-providers.js';
export type {
  GcpIamAuthOptions,
  GcpServiceAccountKey,
} from '../auth/gcp-iam.auth.js';
export type { GcpIdTokenAuthOptions } from '../auth/gcp-id-token.auth.js';
export type { JwtLoginOptions } from '../auth/jwt-login.js';
export type { JwtAuthOptions } from '../auth/jwt.auth.js';
export type { KubernetesAuthOptions } from '../auth/kubernetes.auth.js';
export type { LdapAuthOptions } from '../auth/ldap.auth.js';
export type { IdentityLoginOptions } from '../auth/login-method.js';
export type { OciAuthOptions } from '../auth/oci.auth.js';
export type { OidcAuthOptions } from '../auth/oidc.auth.js';
export type { AwsKeys } from '../auth/sigv4.js';
export type { SpiffeAuthOptions } from '../auth/spiffe.auth.js';
export type { TlsCertAuthOptions } from '../auth/tls-cert.auth.js';
export type { UniversalAuthCredentials } from '../auth/universal.auth.js';
export type { Bytes } from '../common/bytes.js';
export type { ClientLogger } from '../common/client-logger.js';
export type { Clock, TimerHandle } from '../common/clock.js';
export type { Duration } from '../common/duration.js';
export {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
export type { Random } from '../common/random.js';
export { Redacted } from '../common/redaction.js';
export {
  createSymmetricKey,
  decryptSymmetric,
  type DecryptSymmetricOptions,
  encryptSymmetric,
  type EncryptSymmetricOptions,
  type SymmetricCiphertext,
} from '../crypto/symmetric.js';
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
} from '../http/errors.js';
export type { QueryValue } from '../http/api-call.js';
export type { ProxyOptions } from '../http/proxy.js';
export type { RetryOptions } from '../http/retry-policy.js';
export type { TlsOptions } from '../http/tls-options.js';
export type {
  Transport,
  TransportRequest,
  TransportResponse,
  TransportStream,
} from '../http/transport.js';
export { AuthApi, type Login, type LoginResult } from './auth.api.js';
export type {
  CallOptions,
  DeprecatedClientOptions,
  InfisicalClientOptions,
  ScopeOptions,
} from './client-options.js';
export type {
  DoctorCheck,
  DoctorOptions,
  DoctorReport,
  DoctorStatus,
} from './doctor/doctor-report.js';
export { doctor } from './doctor/doctor.js';
export type {
  KubernetesBaseInputs,
  KubernetesInputs,
  LdapBaseInputs,
  LdapInputs,
  SshInputs,
  TotpInputs,
} from './dynamic-secret-providers/access-inputs.js';
export type {
  AwsIamBaseInputs,
  AwsIamInputs,
  AzureEntraIdInputs,
  GcpIamInputs,
  GithubInputs,
  IbmApiConnectInputs,
  TailscaleBaseInputs,
  TailscaleInputs,
} from './dynamic-secret-providers/cloud-account-inputs.js';
export type { PasswordRequirements } from './dynamic-secret-providers/common-inputs.js';
export type {
  AwsElasticacheInputs,
  AwsMemorydbInputs,
  CouchbaseInputs,
  ElasticSearchInputs,
  MilvusInputs,
  MongoDbAtlasInputs,
  MongoDbInputs,
  RabbitMqInputs,
  RedisInputs,
} from './dynamic-secret-providers/data-store-inputs.js';
export type {
  DynamicSecretInputs,
  DynamicSecretInputsByType,
  DynamicSecretProvider,
  DynamicSecretType,
} from './dynamic-secret-providers/provider-types.js';
export type {
  AzureSqlDatabaseInputs,
  CassandraInputs,
  ClickhouseInputs,
  SapAseInputs,
  SapHanaInputs,
  SnowflakeInputs,
  SqlDatabaseInputs,
  VerticaInputs,
} from './dynamic-secret-providers/sql-database-inputs.js';
export type { DynamicSecret } from './dynamic-secret-record.js';
export {
  type CreateDynamicSecretOptions,
  type DeleteDynamicSecretOptions,
  DynamicSecretsApi,
  type NewDynamicSecret,
  type UpdateDynamicSecretOptions,
} from './dynamic-secrets.api.js';
export {
  type CreateEnvironmentOptions,
  type DeleteEnvironmentOptions,
  type Environment,
  EnvironmentsApi,
  type UpdateEnvironmentOptions,
} from './environments.api.js';
export type {
  CreateFolderOptions,
  DeleteFolderOptions,
  Folder,
  ListFoldersOptions,
  UpdateFolderOptions,
  UpdateManyFolder,
} from './folder-options.js';
export { FoldersApi } from './folders.api.js';
export { InfisicalClient, type RequestOptions } from './infisical-client.js';
export type {
  KmsAlgorithm,
  KmsKeyUsage,
  KmsMacAlgorithm,
  KmsSigningAlgorithm,
} from './kms-algorithms.js';
export {
  type EnvelopeOptions,
  type EnvelopeTextOptions,
  KmsEnvelope,
} from './kms-envelope.js';
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
} from './kms-key-options.js';
export type { KmsKey } from './kms-key-record.js';
export { KmsKeysApi } from './kms-keys.api.js';
export { KmsApi, type Plaintext, type SignOptions } from './kms.api.js';
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
} from './lease-data.js';
export {
  Lease,
  LeaseWithCredentials,
  LeaseWithSecret,
} from './lease-record.js';
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
} from './leases.api.js';
export type { NetworkOptions } from './network-options.js';
export { PartialBatchError } from './partial-batch.error.js';
export type {
  AttachToEnvOptions,
  EnvAttachment,
  EnvSkipReason,
  NamePattern,
  SkippedVariable,
} from './process-env.js';
export type { ProjectOptions } from './project-options.js';
export {
  type CreateProjectOptions,
  type InviteMembersOptions,
  type ListProjectsOptions,
  type Project,
  type ProjectMembership,
  ProjectsApi,
  type UpdateProjectOptions,
} from './projects.api.js';
export type { CacheOptions } from './read-cache.js';
export {
  type CreateImportOptions,
  type ImportedSecrets,
  type ImportPlace,
  type ImportSource,
  type SecretImport,
  type SecretImportDetail,
  SecretImportsApi,
  type UpdateImportOptions,
} from './secret-imports.api.js';
export type { SecretList } from './secret-list.js';
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
  CachedReadOptions,
  ReadSecretOptions,
  SecretDestination,
  SecretName,
  SecretTagsOptions,
  SecretVersionsOptions,
  UpdateManyItem,
  UpdateManyOptions,
  UpdateSecretOptions,
  WriteSecretFields,
} from './secret-options.js';
export type { ConditionalList } from './secret-reads.js';
export {
  type SecretMetadata,
  SecretRecord,
  type SecretTag,
  type SecretType,
} from './secret-record.js';
export { SecretsApi } from './secrets.api.js';
export { type TagFields, TagsApi } from './tags.api.js';

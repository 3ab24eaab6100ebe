import type { GatewayInputs } from './common-inputs.js';

/**
 * What all forms of `aws-iam` have.
 *
 * @example
 * ```ts
 * const base: AwsIamBaseInputs = {
 *   credentialType: 'temporary-credentials',
 *   region: 'eu-central-1',
 *   policyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
 * };
 * const inputs: AwsIamInputs = { ...base, method: 'irsa' };
 * ```
 *
 * @publicApi
 */
export interface AwsIamBaseInputs {
  /** `temporary-credentials` cannot be extended, and live 15 minutes at least. Default `iam-user`. */
  credentialType?: 'iam-user' | 'temporary-credentials';
  region: string;
  awsPath?: string;
  permissionBoundaryPolicyArn?: string;
  /** JSON. */
  policyDocument?: string;
  /** Separated by commas. */
  userGroups?: string;
  /** Separated by commas. */
  policyArns?: string;
  tags?: readonly { key: string; value: string }[];
}

/**
 * Inputs of `aws-iam`, by how the server logs in to AWS; an absent `method` is `access-key`.
 *
 * @example
 * ```ts
 * const inputs: AwsIamInputs = {
 *   method: 'assume-role',
 *   roleArn: 'arn:aws:iam::123456789012:role/infisical',
 *   region: 'eu-central-1',
 *   userGroups: 'readers',
 * };
 * ```
 *
 * @publicApi
 */
export type AwsIamInputs = AwsIamBaseInputs &
  (
    | { method?: 'access-key'; accessKey: string; secretAccessKey: string }
    | { method: 'assume-role'; roleArn: string }
    | { method: 'irsa' }
  );

/**
 * Inputs of `azure-entra-id`: the leases are new passwords of this user.
 *
 * @example
 * ```ts
 * import { entra } from './admin.js';
 *
 * const inputs: AzureEntraIdInputs = {
 *   tenantId: entra.tenantId,
 *   applicationId: entra.applicationId,
 *   clientSecret: entra.clientSecret,
 *   userId: entra.userId,
 *   email: 'reports@example.com',
 * };
 * ```
 *
 * @publicApi
 */
export interface AzureEntraIdInputs {
  tenantId: string;
  userId: string;
  email: string;
  applicationId: string;
  clientSecret: string;
}

/**
 * Inputs of `gcp-iam`: tokens of this service account.
 *
 * @example
 * ```ts
 * const inputs: GcpIamInputs = {
 *   serviceAccountEmail: 'orders@shop.iam.gserviceaccount.com',
 * };
 * ```
 *
 * @publicApi
 */
export interface GcpIamInputs {
  /** At most 128 characters. */
  serviceAccountEmail: string;
  /** Default: `iam` and `cloud-platform`. */
  tokenScopes?: readonly string[];
}

/**
 * Inputs of `github`: tokens of an app's installation.
 *
 * @example
 * ```ts
 * import { githubApp } from './admin.js';
 *
 * const inputs: GithubInputs = {
 *   appId: 12345,
 *   installationId: 67890,
 *   privateKey: githubApp.privateKey,
 * };
 * ```
 *
 * @publicApi
 */
export interface GithubInputs {
  appId: number;
  installationId: number;
  /** PEM. */
  privateKey: string;
}

/**
 * Inputs of `ibm-api-connect`: credentials of an app of a consumer organization.
 *
 * @example
 * ```ts
 * import { ibm } from './admin.js';
 *
 * const inputs: IbmApiConnectInputs = {
 *   instanceUrl: 'https://api-manager.internal',
 *   apiKey: ibm.apiKey,
 *   clientId: ibm.clientId,
 *   clientSecret: ibm.clientSecret,
 *   orgId: ibm.orgId,
 *   catalogId: ibm.catalogId,
 *   consumerOrgId: ibm.consumerOrgId,
 *   appId: ibm.appId,
 * };
 * ```
 *
 * @publicApi
 */
export interface IbmApiConnectInputs extends GatewayInputs {
  clientId: string;
  clientSecret: string;
  instanceUrl: string;
  apiKey: string;
  orgId: string;
  catalogId: string;
  consumerOrgId: string;
  appId: string;
}

/**
 * What both forms of `tailscale` have.
 *
 * @example
 * ```ts
 * import { tailscale } from './admin.js';
 *
 * const base: TailscaleBaseInputs = {
 *   auth: { method: 'api_key', apiKey: tailscale.apiKey },
 *   tags: ['tag:ci'],
 * };
 * ```
 *
 * @publicApi
 */
export interface TailscaleBaseInputs {
  auth:
    | { method: 'api_key'; apiKey: string }
    | { method: 'oauth'; clientId: string; clientSecret: string };
  /** Default `-`. */
  tailnet?: string;
  /** At most 50 characters. */
  description?: string;
  tags?: readonly string[];
}

/**
 * Inputs of `tailscale`: auth keys of machines, or clients of its API.
 *
 * @example
 * ```ts
 * import { tailscale } from './admin.js';
 *
 * const inputs: TailscaleInputs = {
 *   auth: { method: 'api_key', apiKey: tailscale.apiKey },
 *   authType: 'auth_keys',
 *   ephemeral: true,
 *   tags: ['tag:ci'],
 * };
 * ```
 *
 * @publicApi
 */
export type TailscaleInputs = TailscaleBaseInputs &
  (
    | {
        authType: 'auth_keys';
        reusable?: boolean;
        ephemeral?: boolean;
        preauthorized?: boolean;
      }
    | {
        authType: 'oauth_keys';
        /** At least one. */
        scopes: readonly string[];
      }
  );

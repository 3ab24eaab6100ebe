import type { LoginOptions } from './auth-method.js';

/** A login as the environment describes it. Of several variables the earlier one wins. */
export interface EnvironmentLogin {
  /** As in `auth`. */
  readonly method: keyof LoginOptions;
  /** As the Infisical CLI calls it in `INFISICAL_AUTH_METHOD`; the last three are not the CLI's. */
  readonly cliName: string;
  /** Variables of the identity id. Absent for a login without one. */
  readonly identity?: readonly string[];
  /** Variables of each option that it cannot do without. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** The same of options that may be left out. */
  readonly allows?: Readonly<Record<string, readonly string[]>>;
  /** Variables that belong to this login alone: when one is set, an incomplete login is an error. */
  readonly own: readonly string[];
  /** Variables that make `INFISICAL_MACHINE_IDENTITY_ID` the identity of this login. */
  readonly generic?: readonly string[];
  /** A variable that says that another login is meant. */
  readonly unless?: string;
}

const CLIENT_ID = ['INFISICAL_UNIVERSAL_AUTH_CLIENT_ID', 'INFISICAL_CLIENT_ID'];
const CLIENT_SECRET = [
  'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
  'INFISICAL_CLIENT_SECRET',
  // The agent's name.
  'INFISICAL_UNIVERSAL_CLIENT_SECRET',
];
const ACCESS_TOKEN = [
  'INFISICAL_TOKEN',
  'INFISICAL_ACCESS_TOKEN',
  'INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN',
];
const JWT = 'INFISICAL_JWT';
const OIDC_JWT = 'INFISICAL_OIDC_AUTH_JWT';
const GCP_ID = 'INFISICAL_GCP_AUTH_IDENTITY_ID';
// A slip of the first SDKs' documents.
const GCP_IAM_ID = 'INFISICAL_GCP_IAM_AUTH_IDENTITY_ID';
const GCP_KEY = 'INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH';
const LDAP_USERNAME = [
  'INFISICAL_LDAP_USERNAME',
  'INFISICAL_LDAP_AUTH_USERNAME',
];
const LDAP_PASSWORD = [
  'INFISICAL_LDAP_PASSWORD',
  'INFISICAL_LDAP_AUTH_PASSWORD',
];

/** The identity of any login. */
export const MACHINE_IDENTITY_ID = 'INFISICAL_MACHINE_IDENTITY_ID';

/** Selects the login. */
export const AUTH_METHOD = 'INFISICAL_AUTH_METHOD';

/** The value of {@link AUTH_METHOD} for the login of the CLI's user. */
export const USER_METHOD = 'user';

/** A JWT that could be for more than one login. */
export const SHARED_JWT = JWT;

/**
 * The logins of the environment, in the order of their precedence: that of the
 * first SDKs, but Universal Auth before a token, and then the newer ones.
 */
export const ENVIRONMENT_LOGINS: readonly EnvironmentLogin[] = [
  {
    method: 'universalAuth',
    cliName: 'universal-auth',
    needs: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
    own: [...CLIENT_ID, ...CLIENT_SECRET],
  },
  {
    method: 'accessToken',
    cliName: 'access-token',
    needs: { accessToken: ACCESS_TOKEN },
    own: [],
  },
  {
    method: 'awsAuth',
    cliName: 'aws-iam',
    identity: ['INFISICAL_AWS_IAM_AUTH_IDENTITY_ID'],
    needs: {},
    own: [],
  },
  {
    method: 'gcpIamAuth',
    cliName: 'gcp-iam',
    identity: [GCP_IAM_ID, GCP_ID],
    needs: { serviceAccountKey: [GCP_KEY] },
    own: [GCP_IAM_ID, GCP_KEY],
    generic: [GCP_KEY],
  },
  {
    method: 'gcpIdTokenAuth',
    cliName: 'gcp-id-token',
    identity: [GCP_ID],
    needs: {},
    own: [],
    unless: GCP_KEY,
  },
  {
    method: 'kubernetesAuth',
    cliName: 'kubernetes',
    identity: ['INFISICAL_KUBERNETES_IDENTITY_ID'],
    needs: {},
    own: [],
    // The login itself reads it, too.
    generic: ['INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH'],
  },
  {
    method: 'azureAuth',
    cliName: 'azure',
    identity: ['INFISICAL_AZURE_AUTH_IDENTITY_ID'],
    needs: {},
    own: [],
  },
  {
    method: 'oidcAuth',
    cliName: 'oidc-auth',
    identity: ['INFISICAL_OIDC_AUTH_IDENTITY_ID'],
    needs: { jwt: [JWT, OIDC_JWT] },
    own: ['INFISICAL_OIDC_AUTH_IDENTITY_ID', OIDC_JWT],
    generic: [OIDC_JWT],
  },
  {
    method: 'jwtAuth',
    cliName: 'jwt-auth',
    identity: ['INFISICAL_JWT_AUTH_IDENTITY_ID'],
    needs: { jwt: [JWT] },
    own: ['INFISICAL_JWT_AUTH_IDENTITY_ID'],
  },
  {
    method: 'ldapAuth',
    cliName: 'ldap-auth',
    identity: ['INFISICAL_LDAP_AUTH_IDENTITY_ID'],
    needs: { username: LDAP_USERNAME, password: LDAP_PASSWORD },
    own: [
      'INFISICAL_LDAP_AUTH_IDENTITY_ID',
      ...LDAP_USERNAME,
      ...LDAP_PASSWORD,
    ],
    generic: [...LDAP_USERNAME, ...LDAP_PASSWORD],
  },
  {
    method: 'ociAuth',
    cliName: 'oci-auth',
    identity: ['INFISICAL_OCI_AUTH_IDENTITY_ID'],
    // As the CLI of Oracle reads them.
    needs: {
      userOcid: ['OCI_CLI_USER'],
      tenancyOcid: ['OCI_CLI_TENANCY'],
      fingerprint: ['OCI_CLI_FINGERPRINT'],
      region: ['OCI_CLI_REGION'],
      privateKey: ['OCI_CLI_KEY_CONTENT', 'OCI_CLI_KEY_FILE'],
    },
    allows: { passphrase: ['OCI_CLI_PASSPHRASE'] },
    own: ['INFISICAL_OCI_AUTH_IDENTITY_ID'],
  },
  {
    method: 'aliCloudAuth',
    cliName: 'alicloud-auth',
    identity: ['INFISICAL_ALICLOUD_AUTH_IDENTITY_ID'],
    // As the SDKs of Alibaba Cloud read them.
    needs: {
      accessKeyId: ['ALIBABA_CLOUD_ACCESS_KEY_ID'],
      accessKeySecret: ['ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    },
    own: ['INFISICAL_ALICLOUD_AUTH_IDENTITY_ID'],
  },
];

/** Options that are plain texts, taken once. */
export const TEXT_OPTIONS: readonly string[] = [
  'userOcid',
  'tenancyOcid',
  'fingerprint',
  'region',
];

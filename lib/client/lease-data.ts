import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import { readText, readTexts } from './answer-readers.js';

/**
 * User and password of a database.
 *
 * @example
 * ```ts
 * import { createPool } from './database.js';
 *
 * const { current } = await leases.acquire<DatabaseCredentials>('orders-db');
 * const { DB_USERNAME, DB_PASSWORD } = current.data;
 * const pool = createPool({ user: DB_USERNAME, password: DB_PASSWORD });
 * ```
 *
 * @publicApi
 */
export type DatabaseCredentials = Readonly<{
  DB_USERNAME: string;
  DB_PASSWORD: string;
}>;

/**
 * Credentials of `aws-iam`: an access key of a user of its own, or temporary ones.
 *
 * @example
 * ```ts
 * import { s3 } from './aws.js';
 *
 * const { current } = await leases.acquire<AwsIamCredentials>('uploads');
 * const { ACCESS_KEY, SECRET_ACCESS_KEY, SESSION_TOKEN } = current.data;
 * s3.use({
 *   accessKeyId: ACCESS_KEY,
 *   secretAccessKey: SECRET_ACCESS_KEY,
 *   sessionToken: SESSION_TOKEN,
 * });
 * ```
 *
 * @publicApi
 */
export type AwsIamCredentials = Readonly<{
  ACCESS_KEY: string;
  SECRET_ACCESS_KEY: string;
  /** Of `iam-user`. */
  USERNAME?: string;
  /** Of `temporary-credentials`. */
  SESSION_TOKEN?: string;
}>;

/**
 * Credentials of `azure-entra-id`.
 *
 * @example
 * ```ts
 * import { signIn } from './reports.js';
 *
 * const { current } = await leases.acquire<AzureEntraIdCredentials>('reports');
 * await signIn(current.data.email, current.data.password);
 * ```
 *
 * @publicApi
 */
export type AzureEntraIdCredentials = Readonly<{
  email: string;
  password: string;
}>;

/**
 * Credentials of `couchbase`.
 *
 * @example
 * ```ts
 * import { connect } from './couchbase.js';
 *
 * const { current } = await leases.acquire<CouchbaseCredentials>('sessions');
 * await connect(current.data.username, current.data.password);
 * ```
 *
 * @publicApi
 */
export type CouchbaseCredentials = Readonly<{
  username: string;
  password: string;
}>;

/**
 * Credentials of `ldap`.
 *
 * @example
 * ```ts
 * import { bind } from './directory.js';
 *
 * const { current } = await leases.acquire<LdapCredentials>('directory');
 * await bind(current.data.DN_ARRAY[0], current.data.PASSWORD);
 * ```
 *
 * @publicApi
 */
export type LdapCredentials = Readonly<{
  USERNAME: string;
  PASSWORD: string;
  /** The entries that the LDIF made or changed. */
  DN_ARRAY: readonly string[];
}>;

/**
 * Credentials of `totp`: valid for seconds, whatever the lease's TTL.
 *
 * @example
 * ```ts
 * import { submit } from './sign-in.js';
 *
 * const { data } =
 *   await client.dynamicSecrets.leases.create<'totp'>('supplier-portal');
 * const { TOTP }: TotpCredentials = data;
 * await submit(TOTP);
 * ```
 *
 * @publicApi
 */
export type TotpCredentials = Readonly<{
  TOTP: string;
  /** Seconds; absent on older servers. */
  TIME_REMAINING?: number;
}>;

/**
 * Credentials of `kubernetes`: a token of a service account.
 *
 * @example
 * ```ts
 * import { kubernetes } from './cluster.js';
 *
 * const { current } = await leases.acquire<KubernetesCredentials>('deployer');
 * kubernetes.useToken(current.data.TOKEN);
 * ```
 *
 * @publicApi
 */
export type KubernetesCredentials = Readonly<{ TOKEN: string }>;

/**
 * Credentials of `gcp-iam`.
 *
 * @example
 * ```ts
 * import { storage } from './gcp.js';
 *
 * const { current } = await leases.acquire<GcpIamCredentials>('uploads');
 * storage.useToken(current.data.TOKEN);
 * ```
 *
 * @publicApi
 */
export type GcpIamCredentials = Readonly<{
  SERVICE_ACCOUNT_EMAIL: string;
  TOKEN: string;
}>;

/**
 * Credentials of `github`: a token that lives one hour, whatever the lease's TTL.
 *
 * @example
 * ```ts
 * import { openPullRequest } from './github.js';
 *
 * const { data } =
 *   await client.dynamicSecrets.leases.create<'github'>('release-bot');
 * const { TOKEN }: GithubCredentials = data;
 * await openPullRequest(TOKEN);
 * ```
 *
 * @publicApi
 */
export type GithubCredentials = Readonly<{
  TOKEN: string;
  /** ISO date. */
  EXPIRES_AT: string;
  PERMISSIONS?: Readonly<Record<string, string>>;
  REPOSITORY_SELECTION?: string;
}>;

/**
 * Credentials of `ssh`.
 *
 * @example
 * ```ts
 * import { run } from './ssh.js';
 *
 * const { data } = await client.dynamicSecrets.leases.create<'ssh'>(
 *   'deploy-ssh',
 *   { config: { principals: ['deploy'] } },
 * );
 * const { PRIVATE_KEY, SIGNED_KEY }: SshCredentials = data;
 * await run('uptime', { key: PRIVATE_KEY, certificate: SIGNED_KEY });
 * ```
 *
 * @publicApi
 */
export type SshCredentials = Readonly<{
  PRIVATE_KEY: string;
  /** The certificate. */
  SIGNED_KEY: string;
}>;

/**
 * Credentials of `ibm-api-connect`.
 *
 * @example
 * ```ts
 * import { callApi } from './partner.js';
 *
 * const { current } =
 *   await leases.acquire<IbmApiConnectCredentials>('partner');
 * await callApi(current.data.CLIENT_ID, current.data.CLIENT_SECRET);
 * ```
 *
 * @publicApi
 */
export type IbmApiConnectCredentials = Readonly<{
  CLIENT_ID: string;
  CLIENT_SECRET: string;
}>;

/**
 * Credentials of `tailscale`, by its `authType`.
 *
 * @example
 * ```ts
 * import { join } from './tailnet.js';
 *
 * const { current } = await leases.acquire<TailscaleCredentials>('ci-machine');
 * if (current.data.AUTH_KEY !== undefined) await join(current.data.AUTH_KEY);
 * ```
 *
 * @publicApi
 */
export type TailscaleCredentials = Readonly<
  | { AUTH_KEY: string; KEY_ID: string; CLIENT_ID?: undefined }
  | { CLIENT_ID: string; CLIENT_SECRET: string; AUTH_KEY?: undefined }
>;

/**
 * Credentials by type of provider (contract: dynamic secrets §2.4).
 *
 * @example
 * ```ts
 * import { connect } from './redis.js';
 *
 * type Redis = LeaseDataByType['redis'];
 * const { current } = await leases.acquire<Redis>('sessions');
 * await connect(current.data.DB_USERNAME, current.data.DB_PASSWORD);
 * ```
 *
 * @publicApi
 */
export interface LeaseDataByType {
  'sql-database': DatabaseCredentials;
  clickhouse: DatabaseCredentials;
  cassandra: DatabaseCredentials;
  redis: DatabaseCredentials;
  'aws-elasticache': DatabaseCredentials;
  'aws-memorydb': DatabaseCredentials;
  'mongo-db-atlas': DatabaseCredentials;
  'elastic-search': DatabaseCredentials;
  'mongo-db': DatabaseCredentials;
  'rabbit-mq': DatabaseCredentials;
  'azure-sql-database': DatabaseCredentials;
  'sap-hana': DatabaseCredentials;
  snowflake: DatabaseCredentials;
  'sap-ase': DatabaseCredentials;
  vertica: DatabaseCredentials;
  milvus: DatabaseCredentials;
  'aws-iam': AwsIamCredentials;
  'azure-entra-id': AzureEntraIdCredentials;
  couchbase: CouchbaseCredentials;
  ldap: LdapCredentials;
  totp: TotpCredentials;
  kubernetes: KubernetesCredentials;
  'gcp-iam': GcpIamCredentials;
  github: GithubCredentials;
  ssh: SshCredentials;
  'ibm-api-connect': IbmApiConnectCredentials;
  tailscale: TailscaleCredentials;
}

/**
 * Credentials of a lease by field, such as `DB_USERNAME` and `DB_PASSWORD`.
 * Not every provider gives texts (contract: dynamic secrets §2.4).
 *
 * @example
 * ```ts
 * const lease = await client.dynamicSecrets.leases.create('orders-db');
 * const data: LeaseData = lease.data;
 * logger.log(`it has ${Object.keys(data).join(', ')}`); // names only
 * ```
 *
 * @publicApi
 */
export type LeaseData = Readonly<Record<string, unknown>>;

/**
 * Credentials of a type; of one that is not known here, anything.
 *
 * @example
 * ```ts
 * import { connect } from './database.js';
 *
 * async function open(data: LeaseDataOf<'sql-database'>): Promise<void> {
 *   await connect(data.DB_USERNAME, data.DB_PASSWORD);
 * }
 * ```
 *
 * @publicApi
 */
export type LeaseDataOf<T extends string> = T extends keyof LeaseDataByType
  ? LeaseDataByType[T]
  : LeaseData;

const DATABASE = ['DB_USERNAME', 'DB_PASSWORD'];
const LOGIN = { texts: DATABASE };

/** Fields that an answer must have, by type of provider. */
const NEEDED: Readonly<
  Record<
    keyof LeaseDataByType,
    { readonly texts: readonly string[]; readonly lists?: readonly string[] }
  >
> = {
  'sql-database': LOGIN,
  clickhouse: LOGIN,
  cassandra: LOGIN,
  redis: LOGIN,
  'aws-elasticache': LOGIN,
  'aws-memorydb': LOGIN,
  'mongo-db-atlas': LOGIN,
  'elastic-search': LOGIN,
  'mongo-db': LOGIN,
  'rabbit-mq': LOGIN,
  'azure-sql-database': LOGIN,
  'sap-hana': LOGIN,
  snowflake: LOGIN,
  'sap-ase': LOGIN,
  vertica: LOGIN,
  milvus: LOGIN,
  'aws-iam': { texts: ['ACCESS_KEY', 'SECRET_ACCESS_KEY'] },
  'azure-entra-id': { texts: ['email', 'password'] },
  couchbase: { texts: ['username', 'password'] },
  ldap: { texts: ['USERNAME', 'PASSWORD'], lists: ['DN_ARRAY'] },
  totp: { texts: ['TOTP'] },
  kubernetes: { texts: ['TOKEN'] },
  'gcp-iam': { texts: ['SERVICE_ACCOUNT_EMAIL', 'TOKEN'] },
  github: { texts: ['TOKEN', 'EXPIRES_AT'] },
  ssh: { texts: ['PRIVATE_KEY', 'SIGNED_KEY'] },
  'ibm-api-connect': { texts: ['CLIENT_ID', 'CLIENT_SECRET'] },
  // Which of its two forms it is, the answer does not say.
  tailscale: { texts: [] },
};

/**
 * The credentials, checked as far as their type is known. They print as names
 * without values.
 *
 * @throws InfisicalHttpError `UnreadableAnswer`
 */
export function toLeaseData(
  raw: Record<string, unknown>,
  type: string,
): LeaseData {
  if (Object.hasOwn(NEEDED, type)) {
    const { texts, lists = [] } = NEEDED[type as keyof LeaseDataByType];
    for (const field of texts) readText(raw, field);
    for (const field of lists) readTexts(raw, field);
  }
  const data = { ...raw };
  const hidden = (): Record<string, string> =>
    Object.fromEntries(Object.keys(data).map((name) => [name, REDACTED]));
  Object.defineProperties(data, {
    toJSON: { value: hidden },
    [inspect.custom]: { value: hidden },
  });
  return Object.freeze(data);
}

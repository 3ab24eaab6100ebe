import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import { readText, readTexts } from './answer-readers.js';

/** User and password of a database. */
export type DatabaseCredentials = Readonly<{
  DB_USERNAME: string;
  DB_PASSWORD: string;
}>;

/** Credentials of `aws-iam`: an access key of a user of its own, or temporary ones. */
export type AwsIamCredentials = Readonly<{
  ACCESS_KEY: string;
  SECRET_ACCESS_KEY: string;
  /** Of `iam-user`. */
  USERNAME?: string;
  /** Of `temporary-credentials`. */
  SESSION_TOKEN?: string;
}>;

/** Credentials of `azure-entra-id`. */
export type AzureEntraIdCredentials = Readonly<{
  email: string;
  password: string;
}>;

/** Credentials of `couchbase`. */
export type CouchbaseCredentials = Readonly<{
  username: string;
  password: string;
}>;

/** Credentials of `ldap`. */
export type LdapCredentials = Readonly<{
  USERNAME: string;
  PASSWORD: string;
  /** The entries that the LDIF made or changed. */
  DN_ARRAY: readonly string[];
}>;

/** Credentials of `totp`: valid for seconds, whatever the lease's TTL. */
export type TotpCredentials = Readonly<{
  TOTP: string;
  /** Seconds; absent on older servers. */
  TIME_REMAINING?: number;
}>;

/** Credentials of `kubernetes`: a token of a service account. */
export type KubernetesCredentials = Readonly<{ TOKEN: string }>;

/** Credentials of `gcp-iam`. */
export type GcpIamCredentials = Readonly<{
  SERVICE_ACCOUNT_EMAIL: string;
  TOKEN: string;
}>;

/** Credentials of `github`: a token that lives one hour, whatever the lease's TTL. */
export type GithubCredentials = Readonly<{
  TOKEN: string;
  /** ISO date. */
  EXPIRES_AT: string;
  PERMISSIONS?: Readonly<Record<string, string>>;
  REPOSITORY_SELECTION?: string;
}>;

/** Credentials of `ssh`. */
export type SshCredentials = Readonly<{
  PRIVATE_KEY: string;
  /** The certificate. */
  SIGNED_KEY: string;
}>;

/** Credentials of `ibm-api-connect`. */
export type IbmApiConnectCredentials = Readonly<{
  CLIENT_ID: string;
  CLIENT_SECRET: string;
}>;

/** Credentials of `tailscale`, by its `authType`. */
export type TailscaleCredentials = Readonly<
  | { AUTH_KEY: string; KEY_ID: string; CLIENT_ID?: undefined }
  | { CLIENT_ID: string; CLIENT_SECRET: string; AUTH_KEY?: undefined }
>;

/** Credentials by type of provider (contract: dynamic secrets §2.4). */
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
 */
export type LeaseData = Readonly<Record<string, unknown>>;

/** Credentials of a type; of one that is not known here, anything. */
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

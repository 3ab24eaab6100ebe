import type { output, ZodType, ZodTypeAny } from 'zod/v3';
import type { Zod } from '../../packages.js';
import type { LeaseProvider } from '../provider.js';
import { cloudInputs } from './cloud-inputs.js';
import { kubernetes, kubernetesInputs } from './kubernetes.js';
import { ldap } from './ldap.js';
import {
  awsIam,
  azureEntraId,
  couchbase,
  gcpIam,
  github,
  ibmApiConnect,
  mintAtlasUser,
  mintUser,
  tailscale,
} from './minted-clouds.js';
import { MintedProvider, type Minting } from './minted-provider.js';
import { MysqlTarget } from './mysql-target.js';
import { PostgresTarget } from './postgres-target.js';
import { RedisTarget } from './redis-target.js';
import { roleInputs } from './role-inputs.js';
import { sshInputs, SshProvider } from './ssh.js';
import { type SqlInputs, statementInputs } from './statement-inputs.js';
import {
  type StatementInputs,
  StatementProvider,
  type StatementTarget,
} from './statement-provider.js';
import { totp, totpInputs } from './totp.js';

const DAY = 24 * 60 * 60 * 1000;
/** Oracle takes no longer password. */
const ORACLE_PASSWORD = 30;

/** A provider as it is asked for, its inputs checked. */
export interface ProviderInput {
  readonly type: string;
  readonly inputs: object;
}

interface ProviderType {
  readonly schema: ZodTypeAny;
  build(inputs: object, before: LeaseProvider | undefined): LeaseProvider;
}

/** Nothing is there: whatever is sent is taken. */
const NOWHERE: StatementTarget = {
  probe: () => Promise.resolve(),
  run: () => Promise.resolve(),
};

/** Every type of provider: its inputs, and what makes its credentials. */
export class ProviderRegistry {
  /** `{type, inputs}` of any type. */
  readonly schema: ZodType<ProviderInput>;
  private readonly types: Readonly<Record<string, ProviderType>>;

  constructor(z: Zod, now: () => Date) {
    this.types = providerTypes(z, now);
    const options = Object.entries(this.types).map(([type, { schema }]) =>
      z.object({ type: z.literal(type), inputs: schema }),
    );
    this.schema = z.discriminatedUnion(
      'type',
      options as [(typeof options)[number], ...(typeof options)[number][]],
    ) as unknown as ZodType<ProviderInput>;
  }

  /** The inputs with their defaults; throws the issues of bad ones. */
  parse(type: string, inputs: object): object {
    return this.types[type]?.schema.parse(inputs) as object;
  }

  /** `before` is the provider whose inputs are replaced. */
  build(
    { type, inputs }: ProviderInput,
    before?: LeaseProvider,
  ): LeaseProvider {
    const known = this.types[type];
    if (!known) throw new Error(`Unknown provider ${type}.`);
    return known.build(inputs, before);
  }
}

function define<S extends ZodTypeAny>(
  schema: S,
  build: (inputs: output<S>, before?: LeaseProvider) => LeaseProvider,
): ProviderType {
  return {
    schema,
    build: (inputs, before) => build(inputs, before),
  };
}

function providerTypes(z: Zod, now: () => Date): Record<string, ProviderType> {
  const {
    'sql-database': sql,
    redis,
    snowflake,
    ...statements
  } = statementInputs(z);
  const { couchbase: couchbaseInputs, ...roles } = roleInputs(z);
  const clouds = cloudInputs(z);
  const minted = <S extends ZodTypeAny>(
    schema: S,
    minting: (inputs: output<S>) => Minting,
  ) => define(schema, (inputs) => new MintedProvider(inputs, minting(inputs)));
  return {
    'sql-database': define(sql, (inputs) => sqlProvider(inputs, now)),
    redis: define(
      redis,
      (inputs) => new StatementProvider(inputs, new RedisTarget(inputs), now),
    ),
    ...mapValues(statements, (schema) =>
      define(
        schema as ZodType<StatementInputs>,
        (inputs) => new StatementProvider(inputs, NOWHERE, now),
      ),
    ),
    snowflake: define(
      snowflake,
      (inputs) =>
        new StatementProvider(inputs, NOWHERE, now, {
          expiration: (dates) =>
            String(
              Math.ceil((dates.expireAt.getTime() - dates.now.getTime()) / DAY),
            ),
        }),
    ),
    ...mapValues(roles, (schema) => minted(schema, () => ({ mint: mintUser }))),
    'mongo-db-atlas': minted(roles['mongo-db-atlas'], () => ({
      mint: mintAtlasUser,
    })),
    couchbase: minted(couchbaseInputs, couchbase),
    'aws-iam': minted(clouds['aws-iam'], awsIam),
    'azure-entra-id': minted(clouds['azure-entra-id'], azureEntraId),
    ldap: minted(clouds.ldap, ldap),
    'gcp-iam': minted(clouds['gcp-iam'], gcpIam),
    github: minted(clouds.github, github),
    'ibm-api-connect': minted(clouds['ibm-api-connect'], ibmApiConnect),
    tailscale: minted(clouds.tailscale, tailscale),
    kubernetes: minted(kubernetesInputs(z), kubernetes),
    totp: minted(totpInputs(z), totp),
    ssh: define(
      sshInputs(z),
      (inputs, before) => new SshProvider(inputs, before),
    ),
  };
}

function sqlProvider(inputs: SqlInputs, now: () => Date): StatementProvider {
  const { client } = inputs;
  if (client === 'postgres') {
    return new StatementProvider(inputs, new PostgresTarget(inputs), now);
  }
  if (client === 'mysql2') {
    return new StatementProvider(inputs, new MysqlTarget(inputs), now);
  }
  return new StatementProvider(
    inputs,
    NOWHERE,
    now,
    client === 'oracledb'
      ? { usernameStyle: 'oracle', passwordLength: ORACLE_PASSWORD }
      : {},
  );
}

function mapValues<T extends object, R>(
  record: T,
  change: (value: T[keyof T]) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      change(value as T[keyof T]),
    ]),
  );
}

import { Test, type TestingModule } from '@nestjs/testing';
import {
  type Clock,
  DynamicLeaseService,
  InfisicalClient,
  InfisicalModule,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import pg from 'pg';
import { demoOptions, seedWith } from './demo.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { RecordingTransport } from './recording-transport.js';

/** Name of the dynamic secret. */
export const DATABASE = 'app-db';

/** With the rights of the app, and none to log in after the end. */
export const CREATION = `CREATE ROLE "{{username}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'; GRANT SELECT, INSERT ON items TO "{{username}}";`;
const REVOCATION = `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{{username}}"; DROP ROLE "{{username}}";`;

/** A real PostgreSQL, whose roles an emulator makes and drops. */
export class LeasedPostgres {
  private constructor(
    readonly postgres: TestPostgres,
    readonly admin: pg.Client,
  ) {}

  static async start(): Promise<LeasedPostgres> {
    const postgres = await startPostgres();
    const { host, port, user, password, database } = postgres;
    const admin = new pg.Client({ host, port, user, password, database });
    await admin.connect();
    await admin.query('CREATE TABLE items (id int)');
    return new LeasedPostgres(postgres, admin);
  }

  /** What a pool needs besides user and password. */
  get place() {
    const { host, port, database } = this.postgres;
    return { host, port, database };
  }

  /** Roles that leases have made. */
  async roles(): Promise<string[]> {
    const { rows } = await this.admin.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> $1 ORDER BY 1",
      [this.postgres.user],
    );
    return rows.map(({ rolname }) => rolname);
  }

  /** Users of the open connections, but the administrator's. */
  async connected(): Promise<string[]> {
    const { rows } = await this.admin.query<{ usename: string }>(
      "SELECT usename FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> $1 ORDER BY 1",
      [this.postgres.user],
    );
    return rows.map(({ usename }) => usename);
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.postgres.stop();
  }
}

/** An app with a lease of it, and the emulator that gives the lease. */
export class LeasingApp {
  private constructor(
    readonly emulator: InfisicalEmulator,
    readonly transport: RecordingTransport,
    readonly module: TestingModule,
  ) {}

  static async start(
    { postgres }: LeasedPostgres,
    clock: Clock,
    ttl: { defaultTTL: string; maxTTL?: string } = { defaultTTL: '30m' },
  ): Promise<LeasingApp> {
    const emulator = await InfisicalEmulator.start({
      clock,
      seed: seedWith({}),
    });
    const transport = new RecordingTransport(emulator.url);
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { clock, transport, random: () => 0.5 }),
        ),
      ],
    }).compile();
    await module.init();
    await module.get(InfisicalClient).dynamicSecrets.create({
      name: DATABASE,
      ...ttl,
      provider: {
        type: 'sql-database',
        inputs: {
          client: 'postgres',
          host: postgres.host,
          port: postgres.port,
          database: postgres.database,
          username: postgres.user,
          password: postgres.password,
          creationStatement: CREATION,
          revocationStatement: REVOCATION,
        },
      },
    });
    return new LeasingApp(emulator, transport, module);
  }

  get leases(): DynamicLeaseService {
    return this.module.get(DynamicLeaseService);
  }
}

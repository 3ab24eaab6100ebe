import { InfisicalClient } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { databaseConfig } from '../orders/database.config.js';
import { type AdminConnection, provisionOrders } from './demo-orders.js';
import { type DemoPlan, planDemo } from './demo-plan.js';
import { DEMO_LOGIN, DEMO_PROJECT_ID } from './demo-project.js';
import { provisionSecrets } from './demo-secrets.js';
import { forkPostgres, type PostgresHandle } from './postgres.fork.js';

/** What the start message tells of the demo. */
export interface DemoReport {
  /** Login of the embedded emulator. */
  readonly login?: { readonly clientId: string; readonly clientSecret: string };
  /** Where the database is, or why there is none. */
  readonly database: string;
}

/**
 * Everything that a real deployment would find in place: an Infisical server
 * with secrets, and a database. It hands them to the app as a deployment would,
 * in environment variables; the app itself knows nothing of a demo.
 */
export class Demo {
  readonly #launchPostgres: () => PostgresHandle;
  #emulator: InfisicalEmulator | undefined;
  #postgres: PostgresHandle | undefined;

  constructor(launchPostgres: () => PostgresHandle = forkPostgres) {
    this.#launchPostgres = launchPostgres;
  }

  /** @param stop ends the start early */
  async start(stop: AbortSignal): Promise<DemoReport> {
    const plan = planDemo(process.env);
    if (!plan.isDemoProject) return { database: namedDatabase() };
    const database = this.#database(plan);
    // Handled below, where it is awaited; the emulator may fail before.
    database.catch(() => undefined);
    if (plan.embeddedEmulator) {
      this.#emulator = await InfisicalEmulator.start();
      Object.assign(process.env, {
        INFISICAL_SITE_URL: this.#emulator.url,
        INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: DEMO_LOGIN.clientId,
        INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: DEMO_LOGIN.clientSecret,
      });
    }
    process.env.INFISICAL_PROJECT_ID = DEMO_PROJECT_ID;
    const report = await this.#provision(database, stop);
    return plan.embeddedEmulator ? { ...report, login: DEMO_LOGIN } : report;
  }

  /** The emulator first: it revokes what the app could not. */
  async stop(): Promise<void> {
    await this.#emulator?.stop();
    await this.#postgres?.stop();
  }

  async #provision(
    database: Promise<AdminConnection | string>,
    stop: AbortSignal,
  ): Promise<DemoReport> {
    const client = new InfisicalClient({
      projectId: DEMO_PROJECT_ID,
      environment: process.env.INFISICAL_ENVIRONMENT?.trim() || 'dev',
    });
    // Also ends what is in flight, with a server that hangs.
    const close = (): void => void client.close();
    stop.addEventListener('abort', close, { once: true });
    try {
      const [admin] = await Promise.all([database, provisionSecrets(client)]);
      stop.throwIfAborted();
      if (typeof admin === 'string') return { database: admin };
      await provisionOrders(client, admin);
      stop.throwIfAborted();
      Object.assign(process.env, {
        DATABASE_HOST: admin.host,
        DATABASE_PORT: String(admin.port),
        DATABASE_NAME: admin.database,
      });
      return { database: `${admin.host}:${admin.port}` };
    } finally {
      stop.removeEventListener('abort', close);
      await client.close();
    }
  }

  /** How to administer the database, or a line about why that is not possible. */
  async #database({
    embeddedPostgres,
  }: DemoPlan): Promise<AdminConnection | string> {
    if (!embeddedPostgres) return namedAdmin() ?? namedDatabase();
    this.#postgres = this.#launchPostgres();
    try {
      return await this.#postgres.ready;
    } catch (error) {
      // Everything else can be shown without it.
      return `none, /orders answers 503. ${(error as Error).message}`;
    }
  }
}

/** The database that the environment names, when it also says who may create roles there. */
function namedAdmin(): AdminConnection | undefined {
  const { host, port, database } = databaseConfig();
  const { DATABASE_ADMIN_USER: user, DATABASE_ADMIN_PASSWORD: password = '' } =
    process.env;
  return host && user ? { host, port, database, user, password } : undefined;
}

function namedDatabase(): string {
  const { host, port } = databaseConfig();
  return host
    ? `${host}:${port}`
    : 'none, /orders answers 503. Set DATABASE_HOST to have one.';
}

import type pg from 'pg';
import type { DatabaseCredentials } from '../client/lease-data.js';
import type { LeaseCredentials } from '../leases/lease-credentials.js';
import type { LeaseRef } from '../leases/lease-ref.js';
import { tellsDeath } from './dead-credentials.js';

/** How long a login may take that proves credentials, in milliseconds. */
const LOGIN_TIMEOUT = 5_000;

/** A connection of a lease. */
export interface LeasedConnection {
  readonly generation: number;
  /** Closes it when nobody has it: now, or when it is given back. */
  retire(): void;
  /** Ends it now, whoever has it. */
  cut(): void;
}

type Credentials = LeaseCredentials<DatabaseCredentials>;

/** All connections of a lease, and how they are told of what happens to it. */
export class ConnectionBook {
  readonly #connections = new Set<LeasedConnection>();
  /** Logins that find out whether credentials are dead, by generation. */
  readonly #probes = new Map<number, Promise<boolean>>();
  /** Of the connection that was opened last: host, database and the like. */
  settings: pg.ClientConfig | undefined;

  constructor(
    private readonly lease: LeaseRef<DatabaseCredentials>,
    private readonly Client: typeof pg.Client,
    prove: boolean,
  ) {
    if (prove) {
      lease.onProof((credentials) =>
        this.settings ? this.logIn(credentials) : undefined,
      );
    }
    lease.changes$.subscribe(({ generation }) => {
      this.retire((one) => one.generation !== generation);
    });
    lease.events$.subscribe(({ kind }) => {
      if (kind === 'expired') this.retire(() => true);
    });
    lease.onClose(() => this.retire(() => true));
  }

  /** @returns how to forget it, when it is closed */
  add(connection: LeasedConnection): () => void {
    this.#connections.add(connection);
    const letGo = this.lease.hold(connection.generation, () =>
      connection.cut(),
    );
    return () => {
      this.#connections.delete(connection);
      letGo();
    };
  }

  /** Tells the lease if an error means that the credentials are dead. */
  async judge(code: unknown, credentials: Credentials): Promise<void> {
    const isDead = tellsDeath(code) ?? (await this.isRefused(credentials));
    if (isDead) this.lease.reportDead(credentials.generation);
  }

  private retire(which: (connection: LeasedConnection) => boolean): void {
    for (const connection of [...this.#connections].filter(which)) {
      connection.retire();
    }
  }

  /** Whether the database refuses a login; one at a time. */
  private isRefused(credentials: Credentials): Promise<boolean> {
    const { generation } = credentials;
    const running = this.#probes.get(generation);
    if (running) return running;
    const probe = this.logIn(credentials).then(
      () => false,
      (error: unknown) =>
        tellsDeath((error as { code?: unknown }).code) === true,
    );
    this.#probes.set(generation, probe);
    return probe.finally(() => this.#probes.delete(generation));
  }

  private async logIn({ data }: Credentials): Promise<void> {
    const { DB_USERNAME: user, DB_PASSWORD: password } = data;
    const client = new this.Client({
      connectionTimeoutMillis: LOGIN_TIMEOUT,
      ...this.settings,
      user,
      password,
    });
    const { connectionParameters } = client as unknown as {
      connectionParameters: { user: string; password: string };
    };
    // A connection string would say otherwise.
    Object.assign(client, { user, password });
    Object.assign(connectionParameters, { user, password });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end();
    }
  }
}

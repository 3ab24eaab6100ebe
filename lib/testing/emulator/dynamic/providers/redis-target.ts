import { loadRedis, type Redis } from '../../packages.js';
import type { RedisInputs } from './statement-inputs.js';
import type { StatementTarget } from './statement-provider.js';

const CONNECT_TIMEOUT = 5000;
const COMMAND_TIMEOUT = 10_000;
/** Its timer outlives a connection that was refused: not for long. */
const DISCONNECT_TIMEOUT = 100;

type Client = InstanceType<Redis>;

/** A real Redis: the commands of a batch are one transaction. */
export class RedisTarget implements StatementTarget {
  constructor(private readonly inputs: RedisInputs) {}

  async probe(): Promise<void> {
    await this.connected((client) => client.ping());
  }

  async run(statements: string): Promise<void> {
    await this.connected((client) => runAll(client, statements));
  }

  private async connected(
    work: (client: Client) => Promise<unknown>,
  ): Promise<void> {
    const { host, port, username, password, ca } = this.inputs;
    const { sslRejectUnauthorized: rejectUnauthorized } = this.inputs;
    const Redis = await loadRedis();
    const client = new Redis({
      host,
      port,
      username,
      password,
      lazyConnect: true,
      enableReadyCheck: false,
      connectTimeout: CONNECT_TIMEOUT,
      commandTimeout: COMMAND_TIMEOUT,
      disconnectTimeout: DISCONNECT_TIMEOUT,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      ...(ca && { tls: { ca, rejectUnauthorized } }),
    });
    // The reason is told here; the call itself says "Connection is closed".
    let reason: Error | undefined;
    client.on('error', (error: Error) => {
      reason ??= error;
    });
    try {
      await client.connect();
      await work(client);
    } catch (error) {
      throw reason ?? error;
    } finally {
      client.disconnect();
    }
  }
}

async function runAll(client: Client, statements: string): Promise<void> {
  const transaction = client.multi();
  for (const statement of statements.split(';')) {
    const [command, ...args] = statement.split(/\s+/).filter(Boolean);
    if (command) transaction.call(command, ...args);
  }
  let results: Awaited<ReturnType<typeof transaction.exec>>;
  try {
    results = await transaction.exec();
  } catch (error) {
    // A command that was not even queued aborts the transaction.
    const { previousErrors } = error as { previousErrors?: Error[] };
    throw previousErrors?.[0] ?? error;
  }
  const failure = results?.find(([error]) => error)?.[0];
  if (failure) throw failure;
}

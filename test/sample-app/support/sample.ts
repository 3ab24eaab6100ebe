import type { INestApplication, LoggerService } from '@nestjs/common';
import {
  getSecretsToken,
  InfisicalClient,
  type SecretsService,
} from 'nestjs-infisical';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../../sample-app/src/create-app.js';
import { DEMO_PROJECT_ID } from '../../../sample-app/src/demo/demo-project.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** The sample as it runs, on a free port, and everything it said. */
export class Sample {
  private constructor(
    private readonly app: INestApplication,
    /** Lines of its logger, and bodies of its answers. */
    readonly shown: string[],
  ) {}

  static async start(): Promise<Sample> {
    const shown: string[] = [];
    const app = await createApp({
      logger: loggerInto(shown),
      abortOnError: false,
      forceCloseConnections: true,
    });
    await app.listen(0, '127.0.0.1');
    return new Sample(app, shown);
  }

  get<T>(token: new (...args: never[]) => T): T {
    return this.app.get<T>(token);
  }

  /** Asks for changes of a folder, as the library does every minute. */
  refresh(folder?: string): Promise<unknown> {
    return this.app
      .get<SecretsService>(getSecretsToken(folder), { strict: false })
      .refresh();
  }

  /** GET, or POST when there is a body. */
  async ask(path: string, body?: unknown): Promise<Answer> {
    const server = this.app.getHttpServer() as { address(): AddressInfo };
    const response = await fetch(
      `http://127.0.0.1:${server.address().port}${path}`,
      body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
    );
    const text = await response.text();
    this.shown.push(text);
    const json = JSON.parse(text) as Record<string, unknown>;
    return { status: response.status, text, json };
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

function loggerInto(lines: string[]): LoggerService {
  const note = (...args: unknown[]): void => {
    lines.push(args.map(String).join(' '));
  };
  return {
    log: note,
    error: note,
    warn: note,
    debug: note,
    verbose: note,
    fatal: note,
  };
}

/** Every folder of the sample. */
const FOLDERS = [
  '/',
  '/payments',
  '/mail',
  '/audit',
  '/tenants/acme',
  '/tenants/globex',
];

/** Works with a client of the demo project, as the environment says. */
export async function withClient<T>(
  work: (client: InfisicalClient) => Promise<T>,
): Promise<T> {
  const client = new InfisicalClient({
    projectId: DEMO_PROJECT_ID,
    environment: 'dev',
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** The values of all secrets of the sample, by folder and name: `/mail API_KEY`. */
export function readSecrets(): Promise<Map<string, string>> {
  return withClient(async (client) => {
    const lists = await Promise.all(
      FOLDERS.map(async (path) =>
        (await client.secrets.list({ path })).map(
          ({ secretKey, secretValue }): [string, string] => [
            `${path} ${secretKey}`,
            secretValue,
          ],
        ),
      ),
    );
    return new Map(lists.flat());
  });
}

import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InfisicalClient } from 'nestjs-infisical';
import type { AddressInfo } from 'node:net';
import { AppModule } from '../../../sample-app/src/app.module.js';
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
    const app = await NestFactory.create(AppModule, {
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
      ['/', '/payments', '/mail'].map(async (path) =>
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

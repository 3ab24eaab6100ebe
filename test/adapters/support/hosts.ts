import type { INestApplicationContext, Type } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  type MicroserviceOptions,
  type TcpOptions,
  Transport,
} from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  FastifyAdapter,
  type NestFastifyApplication,
} from '@nestjs/platform-fastify';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom, type Observable } from 'rxjs';
import { ProbeController, type Report } from './app.module.js';

/** An app that runs, and how it is asked from outside. */
export interface RunningApp {
  readonly context: INestApplicationContext;
  /** By each way that the app listens on. */
  readonly ask: Record<string, () => Promise<Report>>;
}

/** A way to run a Nest app, from its creation to where it listens. */
export interface Host {
  readonly name: string;
  readonly start: (module: Type) => Promise<RunningApp>;
}

const HOST = '127.0.0.1';

const TCP: TcpOptions = {
  transport: Transport.TCP,
  // Any free one.
  options: { host: HOST, port: 0 },
};

const QUIET = { logger: false, abortOnError: false } as const;

export const HOSTS: Host[] = [
  {
    name: 'on Express',
    start: async (module) => {
      const app = await NestFactory.create(module, new ExpressAdapter(), QUIET);
      await app.listen(0, HOST);
      return { context: app, ask: { http: () => askHttp(app) } };
    },
  },
  {
    name: 'on Fastify',
    start: async (module) => {
      const app = await NestFactory.create<NestFastifyApplication>(
        module,
        new FastifyAdapter(),
        QUIET,
      );
      await app.listen(0, HOST);
      return { context: app, ask: { http: () => askHttp(app) } };
    },
  },
  {
    name: 'as a microservice (TCP)',
    start: async (module) => {
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(
        module,
        { ...QUIET, ...TCP },
      );
      await app.listen();
      return { context: app, ask: { tcp: () => askTcp(app) } };
    },
  },
  {
    name: 'as a hybrid app (Express and TCP)',
    start: async (module) => {
      const app = await NestFactory.create(module, new ExpressAdapter(), QUIET);
      const service = app.connectMicroservice<MicroserviceOptions>(TCP);
      await app.startAllMicroservices();
      await app.listen(0, HOST);
      const ask = { http: () => askHttp(app), tcp: () => askTcp(service) };
      return { context: app, ask };
    },
  },
  {
    name: 'as a standalone context',
    start: async (module) => {
      const context = await NestFactory.createApplicationContext(module, QUIET);
      const inside = async (): Promise<Report> => {
        const id = ContextIdFactory.create();
        const probe = await context.resolve(ProbeController, id);
        return probe.report();
      };
      return { context, ask: { inside } };
    },
  },
];

async function askHttp(app: { getHttpServer(): unknown }): Promise<Report> {
  const { port } = addressOf(app.getHttpServer());
  const response = await fetch(`http://${HOST}:${port}/probe`, {
    // Kept alive, it would keep Express from closing.
    headers: { connection: 'close' },
  });
  return (await response.json()) as Report;
}

async function askTcp(service: { unwrap<T>(): T }): Promise<Report> {
  const { port } = addressOf(service.unwrap());
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: HOST, port },
  });
  try {
    const answer: Observable<Report> = client.send('probe', {});
    return await firstValueFrom(answer);
  } finally {
    await client.close();
  }
}

function addressOf(server: unknown): AddressInfo {
  return (server as Server).address() as AddressInfo;
}

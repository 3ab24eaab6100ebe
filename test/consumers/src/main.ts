import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  InfisicalClient,
  InfisicalError,
  TokenService,
} from 'nestjs-infisical';
import { InfisicalClient as ClientOfItsEntry } from 'nestjs-infisical/client';
import { InfisicalHealthIndicator } from 'nestjs-infisical/terminus';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { AppModule, AppService } from './app.module.js';
import { PaymentsService } from './payments.module.js';

/** Uses the package as an app does, and says what came of it as JSON. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error', 'warn'],
  });
  const root = app.get(AppService);
  const payments = app.get(PaymentsService);
  const report = {
    root: root.apiKey,
    rootNames: root.secrets.keys(),
    feature: payments.apiKey,
    featureNames: payments.secrets.keys(),
    parsed: payments.retries,
    defaulted: payments.region,
    fromService: payments.secrets.getOrThrow('API_KEY'),
    decrypted: await payments.thereAndBack('four – 4 ✓'),
    fetched: (await app.get(InfisicalClient).secrets.get('API_KEY')).version,
    token: app.get(TokenService).state,
    // By the class of another entry.
    client: app.get(ClientOfItsEntry) instanceof InfisicalClient,
    health: await healthOf(app),
    printed: JSON.stringify(payments),
    emulator: await whyNot(),
  };
  await app.close();
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function healthOf(app: INestApplicationContext): Promise<string> {
  const indicator = app.get(InfisicalHealthIndicator, { strict: false });
  const { infisical } = await indicator.isHealthy('infisical');
  return infisical.status;
}

/** Why there is no emulator without its packages. */
async function whyNot(): Promise<string> {
  try {
    await new InfisicalEmulator().start();
    return 'it started';
  } catch (error) {
    return error instanceof InfisicalError
      ? `${error.name}: ${error.message}`
      : String(error);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

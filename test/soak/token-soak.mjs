// Real time: an app with a token of 3 seconds under steady load of reads and
// writes. `npm run test:soak -- --seconds 60`. Ends with 1 when a call failed.
import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import {
  InfisicalClient,
  InfisicalModule,
  SecretsService,
  TOKEN_RENEWAL_TASK,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoOptions, seedWith } from './demo.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    generation: { type: 'string', multiple: true },
  },
});
const seconds = Number(values.seconds);
const generations = values.generation ?? ['gen1', 'middle', 'gen2'];

/** Callers at once, and the pause of each between two calls in ms. */
const CALLERS = 8;
const PAUSE = 20;

/** Counts the app's own job, by a decorator applied by hand. */
class Jobs {
  ticks = 0;
  tick() {
    this.ticks++;
  }
}
Interval(1000)(
  Jobs.prototype,
  'tick',
  Object.getOwnPropertyDescriptor(Jobs.prototype, 'tick'),
);

async function soak(generation, universalAuth) {
  const emulator = await InfisicalEmulator.start({
    generation,
    seed: seedWith({ '/': { COUNTER: '0' } }, universalAuth),
  });
  class AppModule {}
  Module({
    imports: [
      ScheduleModule.forRoot(),
      InfisicalModule.forRoot({
        ...demoOptions(emulator.url),
        refresh: { interval: '2s' },
      }),
    ],
    providers: [Jobs],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error', 'warn'],
  });
  await app.init();
  const client = app.get(InfisicalClient);
  const secrets = app.get(SecretsService);
  const failures = [];
  let calls = 0;
  let requests = 0;
  const counts = {};
  const end = Date.now() + seconds * 1000;
  const caller = async (number) => {
    for (let turn = 0; Date.now() < end; turn++) {
      try {
        calls++;
        if (turn % 4 === 0) {
          await client.secrets.update('COUNTER', {
            secretValue: `${number}-${turn}`,
          });
        } else {
          await client.secrets.get('COUNTER');
        }
      } catch (error) {
        failures.push(error.message);
      }
      await sleep(PAUSE);
    }
  };
  const statistics = async () => {
    while (Date.now() < end) {
      await sleep(1000);
      count();
    }
  };
  const count = () => {
    for (const { path, status } of emulator.requests) {
      const kind = path
        .replace('/api/v1/auth/', '')
        .replace(/.*secrets.*/, 's');
      const key = `${kind} ${status}`;
      counts[key] = (counts[key] ?? 0) + 1;
      requests++;
    }
    emulator.clearRequests();
  };
  await Promise.all([
    statistics(),
    ...Array.from({ length: CALLERS }, (_, number) => caller(number)),
  ]);
  count();
  const registry = app.get(SchedulerRegistry);
  const inRegistry = registry.getTimeouts().includes(TOKEN_RENEWAL_TASK);
  const { ticks } = app.get(Jobs);
  const ticksRight = Math.abs(ticks - seconds) <= Math.max(2, seconds * 0.1);
  await app.close();
  await emulator.stop();
  const ok =
    failures.length === 0 &&
    inRegistry &&
    ticksRight &&
    secrets.status === 'ready';
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} ${generation} ${JSON.stringify(universalAuth)}: ${calls} calls, ${failures.length} failed, ${requests} requests; logins ${counts['universal-auth/login 200'] ?? 0}, renewals ${counts['token/renew 200'] ?? 0}, rejected ${Object.entries(
      counts,
    )
      .filter(([key]) => /40[13]$/.test(key))
      .reduce(
        (sum, [, number]) => sum + number,
        0,
      )}; own @Interval(1000) fired ${ticks} times; task in the registry: ${inRegistry}`,
  );
  for (const message of new Set(failures)) console.log(`     ${message}`);
  return ok;
}

Logger.overrideLogger(['error', 'warn']);
const tokens = [
  { accessTokenTTL: 3, accessTokenMaxTTL: 20 },
  { accessTokenTTL: 3, accessTokenMaxTTL: 0 },
];
const results = await Promise.all(
  generations.flatMap((generation) =>
    tokens.map((token) => soak(generation, token)),
  ),
);
process.exitCode = results.every(Boolean) ? 0 : 1;

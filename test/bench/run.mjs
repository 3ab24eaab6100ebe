// Speed claims of the README, as ratios measured in one run: npm run bench
import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  InfisicalClient,
  InfisicalModule,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { createServer } from 'node:http';
import { demoOptions, seedWith } from '../soak/demo.mjs';
import { CLASSES, decoratedStarts, SCOPES } from './decorators.mjs';

const ROUNDS = 7;
const SECRETS = 40;

Logger.overrideLogger(false);

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

const folder = (prefix) =>
  Object.fromEntries(
    Array.from({ length: SECRETS }, (_, i) => [`${prefix}_${i}`, `value-${i}`]),
  );

/** Nanoseconds of one call, as the median of several rounds. */
function nanoseconds(read, times = 2_000_000) {
  const rounds = [];
  let sink = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) sink += read(i).length;
    rounds.push(Number(process.hrtime.bigint() - start) / times);
  }
  if (sink === 0) throw new Error('nothing was read');
  return median(rounds);
}

/** Milliseconds of an asynchronous job, as the median of several rounds. */
async function milliseconds(job) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await job();
    rounds.push(performance.now() - start);
  }
  return median(rounds);
}

function report(claim, ours, theirs, unit) {
  console.log(
    `${claim}\n  ${ours.toFixed(1)} ${unit} against ${theirs.toFixed(1)} ${unit}: ${(theirs / ours).toFixed(1)} times as fast\n`,
  );
}

const emulator = await InfisicalEmulator.start({
  seed: seedWith({ '/': folder('A') }),
});
class AppModule {}
Module({ imports: [InfisicalModule.forRoot(demoOptions(emulator.url))] })(
  AppModule,
);

// 1. A read from the snapshot, against process.env.
const app = await NestFactory.createApplicationContext(AppModule, {
  logger: false,
});
const secrets = app.get(SecretsService);
Object.assign(process.env, folder('A'));
const names = secrets.keys();
report(
  'A read: SecretsService#get against process.env',
  nanoseconds((i) => secrets.get(names[i % SECRETS])),
  nanoseconds((i) => process.env[names[i % SECRETS]]),
  'ns',
);
await app.close();

// 2. The start of an app with 40 secrets, against one request per secret.
const start = async () => {
  const context = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
  });
  await context.close();
};
const onePerSecret = async () => {
  const client = new InfisicalClient(demoOptions(emulator.url));
  for (const name of names) await client.secrets.get(name);
  await client.close();
};
await start();
await onePerSecret();
emulator.clearRequests();
await start();
const ourRequests = emulator.requests.length;
emulator.clearRequests();
await onePerSecret();
const theirRequests = emulator.requests.length;
report(
  `Start of a Nest app with ${SECRETS} secrets (${ourRequests} requests) against one request per secret (${theirRequests} requests)`,
  await milliseconds(start),
  await milliseconds(onePerSecret),
  'ms',
);
await emulator.stop();

// 3. The transport with typed errors, deadline and token, against bare fetch.
const body = JSON.stringify({
  secret: { id: '1', secretKey: 'A', secretValue: 'a'.repeat(64) },
});
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}`;
const token = `x.${Buffer.from('{}').toString('base64url')}.y`;
const client = new InfisicalClient({
  siteUrl: url,
  auth: { accessToken: token },
  projectId: 'p',
  environment: 'dev',
});
const many = async (call, calls = 3000, callers = 16) => {
  let left = calls;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) await call();
    }),
  );
};
const withClient = () => many(() => client.secrets.get('A'));
const withFetch = () =>
  many(async () => {
    const response = await fetch(`${url}/api/v4/secrets/A?projectId=p`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.json();
  });
await withClient();
await withFetch();
report(
  '3000 gets by 16 callers: InfisicalClient against bare fetch',
  await milliseconds(withClient),
  await milliseconds(withFetch),
  'ms',
);
await client.close();
server.close();
server.closeAllConnections();

// 4. What decorated classes add to the start of an app, network aside.
await decoratedStarts(1);
const { plain, ...decorated } = await decoratedStarts(ROUNDS);
console.log(
  `Start of a Nest app of ${SCOPES} features: ${plain.toFixed(0)} ms with ${CLASSES} plain classes`,
);
for (const [kind, ms] of Object.entries(decorated)) {
  console.log(
    `  with ${kind} in each of them ${(ms - plain).toFixed(0)} ms more: ${(ms / plain).toFixed(1)} times as long`,
  );
}

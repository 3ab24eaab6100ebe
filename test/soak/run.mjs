// Apps in real time, under trouble at random, over HTTP to the emulator:
//   npm run test:soak -- --minutes 10
//   npm run test:soak -- --seconds 60 --seed 17 --generation gen2
// A seed has the same troubles each time. Ends with 1 when anything is wrong.
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GENERATIONS, planApps } from './app-plans.mjs';
import { printReport } from './report.mjs';
import { SoakServer } from './soak-server.mjs';

/** Distance of the seeds of servers and apps. */
const SEEDS = 1_000;

/** How long the process of the apps may take for its report, and then to end by itself, in ms: more than a slow machine needs. */
const REPORT = 900_000;
const END = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    generation: { type: 'string', multiple: true },
  },
});
const seconds = Number(values.seconds ?? Number(values.minutes ?? 1) * 60);
const seed = Number(values.seed ?? randomInt(1, 1_000_000));
const generations = values.generation ?? GENERATIONS;
if (!(seconds >= 1) || !Number.isInteger(seed)) {
  throw new Error('--minutes, --seconds and --seed take a number.');
}
if (!generations.every((one) => GENERATIONS.includes(one))) {
  throw new Error(`--generation is one of ${GENERATIONS.join(', ')}.`);
}

const plans = planApps(generations);
console.log(
  `soak: ${plans.length} apps for ${seconds} s; again with --seed ${seed}`,
);
const length = seconds * 1000;
const servers = await Promise.all(
  plans.map((plan, index) =>
    SoakServer.start(plan, { seed: seed + index * SEEDS, length }),
  ),
);
const child = fork(
  fileURLToPath(new URL('apps-process.mjs', import.meta.url)),
  {
    execArgv: ['--expose-gc', '--unhandled-rejections=strict'],
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    child.kill();
    process.exit(1);
  });
}

let isOver = false;
let report;
const hasBegun = new Promise((begun) => {
  child.on('message', (message) => {
    if (message.kind === 'report') {
      report = message;
      return;
    }
    begun();
    const truths = servers.map(({ generation, isTroubled, troubles }) => ({
      generation,
      isTroubled,
      troubles,
    }));
    child.send({ isOver, servers: truths });
  });
});
const hasEnded = new Promise((ended) => {
  child.once('exit', (code, signal) => ended(code ?? signal));
});
child.send({
  apps: plans.map((plan, index) => ({ ...plan, url: servers[index].url })),
  seed,
});
await Promise.race([hasBegun, hasEnded]);
for (const server of servers) server.begin();
await Promise.race([sleep(length), hasEnded]);
await Promise.all(servers.map((server) => server.calmDown()));
isOver = true;
const waitForReport = async () => {
  const over = performance.now() + REPORT;
  while (!report && performance.now() < over) await sleep(100);
  if (report) await sleep(END);
  child.kill('SIGKILL');
  return 'killed';
};
const end = await Promise.race([hasEnded, waitForReport()]);
for (const { requests } of servers) requests.stop();
await Promise.all(servers.map((server) => server.stop()));
const isGood = printReport({ plans, servers, report, end });
process.exit(isGood ? 0 : 1);

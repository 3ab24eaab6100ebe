// The process with the apps, so that its heap and handles are theirs alone;
// `run.mjs` starts it and has the servers.
//
// A machine under load must not change what is judged. So time is counted by
// pulses: each goes to the process of the servers and back, and counts for what
// it took, but for no longer than both processes need when they get their turn.
// What a single request or renewal needs time for is judged between hiccups.
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppWatch } from './app-watch.mjs';
import { HEAL } from './limits.mjs';
import { handlesNow, heapNow, ResourceLog } from './resources.mjs';
import { Problems } from './witness.mjs';

const PULSE = 100;
const LONGEST_PULSE = 2 * PULSE;

/** A pulse that took longer is a hiccup. */
const HICCUP = 5 * PULSE;

/** Pulses between two looks at the heap. */
const PULSES_PER_SAMPLE = 20;

/** How long connections that are being closed are waited for, in pulses. */
const CLOSING = 100;

Logger.overrideLogger(false);

/** What went wrong in the whole process. */
const problems = new Problems();
process.on('uncaughtException', (error, origin) =>
  problems.add(origin, error?.stack ?? String(error)),
);
process.on('warning', ({ name, message, stack }) => {
  if (name !== 'ExperimentalWarning') {
    problems.add('warnings', stack ?? message);
  }
});
// Nobody is left who wants to know.
const giveUp = () => process.exit();
process.on('disconnect', giveUp);

const answered = async () => (await once(process, 'message'))[0];
const { apps, seed } = await answered();
const before = handlesNow();
const watches = await Promise.all(
  apps.map((app, index) => AppWatch.start(app, seed + index)),
);
const resources = new ResourceLog();
for (const watch of watches) watch.begin();

/** Milliseconds of the pulses. */
let now = 0;
let hiccups = 0;
let last = performance.now();
const pulse = async (number) => {
  await sleep(PULSE);
  process.send({ kind: 'pulse' });
  const answer = await answered();
  const real = performance.now();
  now += Math.min(real - last, LONGEST_PULSE);
  if (real - last > HICCUP) hiccups++;
  last = real;
  watches.forEach((watch, index) =>
    watch.pulse(now, { ...answer.servers[index], hiccups }),
  );
  if (number % PULSES_PER_SAMPLE === 0) {
    const timers = watches.reduce((sum, one) => sum + one.pendingTimers, 0);
    resources.add(real, heapNow(), {
      ...handlesNow(),
      'timers of the apps': timers,
    });
  }
  return answer;
};

let answer = { isOver: false };
for (let number = 1; !answer.isOver; number++) answer = await pulse(number);

const healing = now;
const unhealed = () =>
  watches.map((watch, index) =>
    watch.unhealed(answer.servers[index].generation),
  );
while (unhealed().some(Boolean) && now - healing < HEAL) {
  answer = await pulse(1);
}
const healed = now - healing;
unhealed().forEach((why, index) => why && watches[index].giveUp(why));

await Promise.all(watches.map((watch) => watch.stop()));
const grown = () =>
  Object.entries(handlesNow())
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(
      ([kind, count]) =>
        `${kind}: ${before[kind] ?? 0} before the start of the apps, ${count} after their end`,
    );
for (let turn = 0; grown().length > 0 && turn < CLOSING; turn++) {
  await sleep(PULSE);
}
for (const text of grown()) problems.add('handles after the end', text);

// From here on it ends by itself, if nothing is left that keeps it.
process.off('disconnect', giveUp);
process.send(
  {
    kind: 'report',
    healed,
    now,
    apps: watches.map((watch) => watch.report()),
    resources: resources.isEnough
      ? { heap: resources.heap(), handles: resources.handles() }
      : undefined,
    cpu: process.cpuUsage(),
    problems,
  },
  () => process.disconnect(),
);

// Speed of the emulator: npm run bench:emulator
// The server has a process, so a core, of its own. Next to the time that
// passes it tells the processor time of the server, which other work on the
// machine does not change.
import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const GETS = 20_000;
const CALLERS = 32;
const SECRETS = 10_000;
const ROUNDS = 5;
const PROJECT = '22222222-2222-4222-8222-222222222222';
const LIMITS = { gets: 5000, list: 100, start: 150 };

if (process.argv[2] === 'server') await serve();
else await measure();

/** Starts an emulator and tells how long that took. */
async function serve() {
  const { InfisicalEmulator } = await import('../../dist/esm/testing/index.js');
  const started = performance.now();
  const empty = await InfisicalEmulator.start();
  const start = performance.now() - started;
  await empty.stop();
  const values = Object.fromEntries(
    Array.from({ length: SECRETS }, (_, i) => [`KEY_${i}`, `value-${i}`]),
  );
  const emulator = await InfisicalEmulator.start({
    seed: {
      projects: [
        {
          id: PROJECT,
          slug: 'demo',
          environments: ['dev', 'big'],
          secrets: [
            { environment: 'dev', values: { A: 'a', URL: 'x-${A}' } },
            { environment: 'big', values },
          ],
        },
      ],
      identities: [
        {
          name: 'bench',
          projects: [{ slug: 'demo', role: 'admin' }],
          universalAuth: { clientId: 'id', clientSecret: 'secret' },
        },
      ],
    },
  });
  process.send({ url: emulator.url, start });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: (user + system) / 1000 });
  });
  process.on('disconnect', () => process.exit());
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url), ['server'], {
    execArgv: [],
  });
  const next = () => new Promise((resolve) => server.once('message', resolve));
  const { url, start } = await next();
  const cpu = async () => {
    server.send('cpu');
    return (await next()).cpu;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  let token = '';
  const call = (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      if (!token) delete headers.authorization;
      if (body) headers['content-type'] = 'application/json';
      const outgoing = request(
        `${url}${path}`,
        { method, agent, headers },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode !== 200) reject(new Error(text));
            else resolve(text);
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body && JSON.stringify(body));
    });

  const login = await call('POST', '/api/v1/auth/universal-auth/login', {
    clientId: 'id',
    clientSecret: 'secret',
  });
  token = JSON.parse(login).accessToken;

  const many = async (path) => {
    let left = GETS;
    const began = performance.now();
    const before = await cpu();
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (left-- > 0) await call('GET', path);
      }),
    );
    const busy = (await cpu()) - before;
    const passed = performance.now() - began;
    return { perSecond: (GETS / passed) * 1000, perCore: (GETS / busy) * 1000 };
  };
  const median = (numbers) =>
    numbers.sort((a, b) => a - b)[numbers.length >> 1];

  const place = `?projectId=${PROJECT}&environment=`;
  const results = { start };
  for (const name of ['A', 'URL']) {
    const path = `/api/v4/secrets/${name}${place}dev`;
    await many(path);
    const { perSecond, perCore } = await many(path);
    console.log(
      `GET ${name === 'A' ? 'a secret' : 'a secret with a reference'}: ${perSecond.toFixed(0)}/s, ${perCore.toFixed(0)} per second of one core`,
    );
    results.gets = Math.min(results.gets ?? Infinity, perCore);
  }
  const lists = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await cpu();
    const began = performance.now();
    await call('GET', `/api/v4/secrets${place}big`);
    const passed = performance.now() - began;
    lists.push({ passed, busy: (await cpu()) - before });
  }
  const list = median(lists.map(({ passed }) => passed));
  const busy = median(lists.map((one) => one.busy));
  results.list = busy;
  console.log(
    `list of ${SECRETS} secrets: ${list.toFixed(0)} ms, ${busy.toFixed(0)} ms of the server`,
  );
  console.log(`start after import: ${start.toFixed(0)} ms`);
  server.disconnect();
  agent.destroy();

  const misses = [
    results.gets < LIMITS.gets && `fewer than ${LIMITS.gets} gets/s`,
    results.list > LIMITS.list && `the list takes more than ${LIMITS.list} ms`,
    results.start > LIMITS.start &&
      `the start takes more than ${LIMITS.start} ms`,
  ].filter(Boolean);
  for (const miss of misses) console.log(`MISSED: ${miss}`);
  if (misses.length > 0) process.exitCode = 1;
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DoctorReport } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { runCommand } from '../../lib/cli/command.js';
import { doctorCommand } from '../../lib/cli/doctor.command.js';
import { reportTable } from '../../lib/cli/report-table.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PROJECT_ID,
  requestPaths,
  seedWith,
} from '../support/demo.js';
import { NetworkBench } from '../support/network.js';
import { MemoryTerminal } from '../support/terminal.js';

const CANARY = 'canary-value-of-a-secret';

let bench: NetworkBench;
let emulator: InfisicalEmulator;
let terminal: MemoryTerminal;

beforeEach(async () => {
  bench = new NetworkBench();
  terminal = new MemoryTerminal();
  emulator = await InfisicalEmulator.start({
    seed: seedWith({ '/': { A: CANARY }, '/mail': { B: CANARY, C: CANARY } }),
  });
  bench.set({
    INFISICAL_CLIENT_ID: CLIENT_ID,
    INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
  });
});

afterEach(async () => {
  await emulator.stop();
  await bench.stop();
});

const run = (...args: string[]): Promise<number> =>
  runCommand(doctorCommand, args, terminal);

describe('nestjs-infisical doctor', () => {
  it('prints a table, and ends with 0', async () => {
    const code = await run(
      ...['--site-url', emulator.url, '--project', PROJECT_ID],
      ...['--env', 'dev', '--path', '/', '--path', '/mail'],
    );
    const lines = terminal.text.split('\n');
    expect(lines[0]).toMatch(/^check {12}result {2,}ms {2}detail$/);
    const column = lines[0]?.indexOf('detail') ?? 0;
    const rows = lines.slice(1, -3).map((line) => line.slice(column));
    expect(rows.slice(0, 3)).toEqual([
      emulator.url,
      'direct, no TLS',
      '/api/status answers',
    ]);
    expect(rows).toContain(
      'universalAuth, from environment (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET)',
    );
    expect(lines.at(-5)).toMatch(/^scope dev:\/ {6}ok {5,}\d+ {2}1 secret$/);
    expect(lines.at(-4)).toMatch(
      /^scope dev:\/mail {2}ok {5,}\d+ {2}2 secrets$/,
    );
    expect(lines.slice(-3)).toEqual(['', '11 ok', '']);
    expect(terminal.errors).toBe('');
    expect(code).toBe(0);
    expect(terminal.text).not.toContain(CANARY);
    expect(terminal.text).not.toContain(CLIENT_SECRET);
  });

  it('ends with 1 when a check failed, and says what to do', async () => {
    const code = await run(
      ...['--site-url', emulator.url, '--project', 'demo'],
      ...['--env', 'dev', '--env', 'production'],
    );
    expect(code).toBe(1);
    expect(terminal.text).toMatch(/^scope dev:\/ +ok /m);
    expect(terminal.text).toMatch(
      /^scope production:\/ +failed +\d+ {2}there is no environment "production"\n {31,}-> The project has dev, staging, prod\./m,
    );
    expect(terminal.text).toMatch(/\n\n1 failed, 10 ok\n$/);
  });

  it('takes everything from the environment', async () => {
    bench.set({
      INFISICAL_SITE_URL: emulator.url,
      INFISICAL_PROJECT_ID: PROJECT_ID,
      INFISICAL_ENVIRONMENT: 'dev',
      INFISICAL_SECRET_PATH: '/mail',
    });
    expect(await run()).toBe(0);
    expect(terminal.text).toMatch(/^scope dev:\/mail +ok .* 2 secrets$/m);
  });

  it('gives the report as JSON', async () => {
    const code = await run(
      ...['--json', '--site-url', emulator.url],
      ...['--project', 'demo', '--env', 'dev'],
    );
    const report = JSON.parse(terminal.text) as DoctorReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, siteUrl: emulator.url });
    expect(report.checks.at(-1)).toEqual({
      name: 'scope dev:/',
      status: 'ok',
      detail: '1 secret',
      ms: expect.any(Number),
    });
  });

  it('reports options that make no client', async () => {
    expect(await run('--site-url', 'http://infisical.test')).toBe(1);
    expect(terminal.text).toMatch(/^options +failed .*plain HTTP/m);
  });

  it('shows its options without doing anything', async () => {
    expect(await run('--help', '--nonsense')).toBe(0);
    expect(terminal.text).toBe(`${doctorCommand.usage}\n`);
    expect(requestPaths(emulator)).toEqual([]);
  });

  it.each([
    ['--nonsense', /^Unknown option '--nonsense'/],
    ['extra', /^Unexpected argument 'extra'/],
    ['--env', /^Option '--env <value>' argument missing/],
    ['--env=', /^--env must not be empty/],
  ])('ends with 2 at %s', async (argument, message) => {
    expect(await run(argument)).toBe(2);
    expect(terminal.errors).toMatch(message);
    expect(terminal.errors).toContain(doctorCommand.usage);
    expect(terminal.text).toBe('');
  });

  it('uses colours on a terminal that has them, and aligns the same', () => {
    const report: DoctorReport = {
      ok: false,
      checks: [
        { name: 'a', status: 'ok', detail: 'fine', ms: 1 },
        { name: 'long', status: 'failed', detail: 'x\n  y\u001b[2J', ms: 12 },
      ],
    };
    const plain = reportTable(report, false);
    expect(plain).toBe(
      [
        'check  result  ms  detail',
        'a      ok       1  fine',
        'long   failed  12  x',
        '                     y [2J',
        '',
        '1 failed, 1 ok',
        '',
      ].join('\n'),
    );
    const coloured = reportTable(report, true);
    expect(coloured).toContain('\u001b[32mok    \u001b[0m');
    expect(coloured).toContain('\u001b[31mfailed\u001b[0m');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('asks the terminal about colours', async () => {
    terminal = new MemoryTerminal(true);
    await run('--site-url', emulator.url);
    expect(terminal.text).toContain('\u001b[32mok');
  });
});

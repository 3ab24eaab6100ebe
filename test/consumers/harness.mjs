import { spawn } from 'node:child_process';

/** Counts what passed and prints a line for each check. */
export class Checks {
  passed = 0;
  failed = 0;

  /** Runs one check. Gives its result, undefined when it failed. */
  async check(name, work) {
    try {
      const result = await work();
      this.passed += 1;
      console.log(`ok - ${name}`);
      return result;
    } catch (error) {
      this.failed += 1;
      console.log(
        `not ok - ${name}\n${indent(String(error.message ?? error))}`,
      );
      return undefined;
    }
  }
}

/**
 * Runs a program to its end. Throws unless it ends with code 0 in time: with
 * all of its output, unless that was shown as it came.
 */
export async function run(program, args, options = {}) {
  const {
    cwd,
    env = {},
    timeout = 300_000,
    isAnyExitFine = false,
    isShown = false,
  } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text) => {
      output[name] += text;
      if (isShown) process[name].write(text);
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeout);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  if (isLate || (code !== 0 && !isAnyExitFine)) {
    const end = isLate ? `did not end within ${timeout} ms` : `code ${code}`;
    const said = isShown ? '' : `\n${output.stdout}${output.stderr}`;
    throw Object.assign(
      new Error(`${program} ${args.join(' ')}: ${end}${said}`),
      output,
    );
  }
  return { code, ...output };
}

/** The arguments that npm needs to be quiet and to ask nothing. */
export const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

function indent(text) {
  return text.replace(/^/gm, '    ');
}

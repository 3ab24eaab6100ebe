import { tmpdir } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { run } from '../consumers/harness.mjs';

/** A Node.js of one version. */
export class NodeRuntime {
  /** @param path of the program */
  constructor(path) {
    this.path = path;
  }

  /**
   * The Node.js that runs this when it is of that version, else one from npm.
   *
   * @param version such as `24` or `20.19`, for the latest of these
   */
  static async get(version) {
    if (process.version.startsWith(`v${version}.`)) {
      return new NodeRuntime(process.execPath);
    }
    const { stdout } = await run(
      'npx',
      ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'],
      // The repository's settings are not for this package.
      { cwd: tmpdir() },
    );
    return new NodeRuntime(stdout.trim());
  }

  /** Runs a program of Node.js, in which `node` is this one too. */
  run(args, { env, ...options } = {}) {
    const PATH = `${dirname(this.path)}${delimiter}${process.env.PATH}`;
    return run(this.path, args, { ...options, env: { ...env, PATH } });
  }
}

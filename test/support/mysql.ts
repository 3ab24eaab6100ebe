import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { findProgram, SystemServer } from './system-server.js';

const program = findProgram('mariadbd', 'mysqld');
const installer = findProgram('mariadb-install-db');

/** Whether this machine has a server that speaks MySQL's protocol. */
export const hasMysql = program !== undefined;

/** A server that runs, and how to reach it. */
export interface TestMysql {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  stop(): Promise<void>;
}

/** Starts the system's MariaDB or MySQL on a free port, with its own data. */
export async function startMysql(): Promise<TestMysql> {
  if (!program) throw new Error('There is no MariaDB or MySQL.');
  const server = await SystemServer.prepare('mysql');
  const port = await freePort();
  const user = 'admin';
  const password = 'test-admin-password';
  const database = 'app';
  const data = join(server.folder, 'data');
  const common = ['--no-defaults', `--datadir=${data}`];
  if (process.getuid?.() === 0) common.push('--user=root');
  try {
    if (installer) {
      await server.complete(installer, [
        ...common,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
      ]);
    } else {
      await server.complete(program, [...common, '--initialize-insecure']);
    }
    const setup = join(server.folder, 'setup.sql');
    await writeFile(
      setup,
      [
        `CREATE DATABASE ${database};`,
        `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}';`,
        `GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;`,
        '',
      ].join('\n'),
    );
    await server.start(
      program,
      [
        ...common,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        `--socket=${join(server.folder, 'mysql.sock')}`,
        `--pid-file=${join(server.folder, 'mysql.pid')}`,
        `--init-file=${setup}`,
      ],
      /ready for connections/,
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    database,
    stop: () => server.stop(),
  };
}

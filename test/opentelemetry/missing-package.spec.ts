import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { reachable, readSources, ROOT } from '../package/sources.js';

const run = promisify(execFile);

/** A process of an app that has everything but the packages of OpenTelemetry. */
describe('without @opentelemetry/api', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'without-opentelemetry-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const packages = join(folder, 'node_modules');
    mkdirSync(packages);
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name === '@opentelemetry') continue;
      symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
    }
    const entries = ['index.ts', 'opentelemetry/index.ts'];
    const sources = readSources();
    for (const file of reachable(entries, sources, () => true)) {
      const target = join(folder, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const text = readFileSync(join(ROOT, 'lib', file), 'utf8');
      writeFileSync(target, compile(text));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says what to install, and all else works', async () => {
    writeFileSync(
      join(folder, 'app.js'),
      `import 'reflect-metadata';
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { InfisicalClient, InfisicalModule } from './index.js';
      import * as telemetry from './opentelemetry/index.js';
      const options = { siteUrl: 'http://127.0.0.1:1', auth: { accessToken: 'a' }, retry: { attempts: 1 } };
      const client = new InfisicalClient(options);
      const told = [];
      const tell = ({ name, message }) => told.push([name, message]);
      await telemetry.instrumentInfisicalClient(client).catch(tell);
      class App {}
      Module({ imports: [
        InfisicalModule.forRoot(options),
        telemetry.InfisicalOpenTelemetryModule.forRoot(),
      ] })(App);
      await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }).catch(tell);
      await client.secrets.list({ projectId: 'a', environment: 'dev' }).catch(tell);
      await client.close();
      process.stdout.write(JSON.stringify(told));`,
    );
    const { stdout } = await run(process.execPath, ['app.js'], {
      cwd: folder,
    });
    const missing = (what: string) => [
      'InfisicalConfigError',
      `${what} needs the package "@opentelemetry/api", which is not installed. Run: npm install @opentelemetry/api`,
    ];
    expect(JSON.parse(stdout)).toEqual([
      missing('instrumentInfisicalClient'),
      missing('InfisicalOpenTelemetryModule.forRoot'),
      // Its own failure: nobody listens there.
      ['InfisicalNetworkError', expect.stringMatching(/127\.0\.0\.1:1/)],
    ]);
  });
});

function compile(text: string): string {
  return ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: false,
    },
  }).outputText;
}

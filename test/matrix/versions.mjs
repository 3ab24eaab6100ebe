// Loads Node.js and Nest as the tests do, and says as JSON what came:
//   node test/matrix/versions.mjs
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** By the short names of the table. */
const PACKAGES = {
  core: '@nestjs/core',
  config: '@nestjs/config',
  schedule: '@nestjs/schedule',
  terminus: '@nestjs/terminus',
  express: '@nestjs/platform-express',
  fastify: '@nestjs/platform-fastify',
  microservices: '@nestjs/microservices',
};

const versions = { node: process.versions.node };
for (const [short, name] of Object.entries(PACKAGES)) {
  await import(name);
  versions[short] = versionAt(fileURLToPath(import.meta.resolve(name)));
}
console.log(JSON.stringify(versions));

/** The version of the package that a file is in. */
function versionAt(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    // Some builds have a package.json of their own, for its `type`.
    if (version) return version;
  }
}

// One instance of the package for require() and import(): else `instanceof`
// and Nest's injection by class fail in an app that mixes them.
const assert = require('node:assert/strict');

const PATHS = ['/client', '/opentelemetry', '/terminus', '/testing'];

async function main() {
  for (const path of ['', ...PATHS]) {
    const entry = `nestjs-infisical${path}`;
    const required = require(entry);
    const imported = await import(entry);
    const names = Object.keys(required).filter((name) => name !== 'default');
    assert.ok(names.length > 0);
    for (const name of names)
      assert.equal(required[name], imported[name], name);
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

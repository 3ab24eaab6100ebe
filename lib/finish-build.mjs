// What the compiler leaves to do.
import { cpSync, writeFileSync } from 'node:fs';

// The files that tell the Nest CLI of the schematics, beside their code.
for (const file of ['collection.json', 'nest-add.schema.json']) {
  cpSync(
    new URL(`schematics/${file}`, import.meta.url),
    new URL(`../dist/cjs/schematics/${file}`, import.meta.url),
  );
}

// dist/ belongs to a package of type "module"; this file in dist/cjs makes
// Node read the CommonJS build for what it is.
writeFileSync(
  new URL('../dist/cjs/package.json', import.meta.url),
  '{ "type": "commonjs" }\n',
);

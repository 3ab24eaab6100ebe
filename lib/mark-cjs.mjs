// dist/ belongs to a package of type "module"; this file in dist/cjs makes
// Node read the CommonJS build for what it is.
import { writeFileSync } from 'node:fs';

writeFileSync(
  new URL('../dist/cjs/package.json', import.meta.url),
  '{ "type": "commonjs" }\n',
);

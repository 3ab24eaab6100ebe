const { InfisicalClient } = require('nestjs-infisical/client');
const main = require.resolve('nestjs-infisical/client');
console.log(
  typeof InfisicalClient,
  Object.keys(require.cache).some((file) => /@nestjs|rxjs/.test(file)),
  /cjs|esm/.exec(main)[0],
);

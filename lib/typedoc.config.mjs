import { OptionDefaults } from 'typedoc';

/** The reference of the public API: `npm run docs`. A warning is an error. */
export default {
  name: 'nestjs-infisical',
  entryPoints: ['index.ts', 'testing/index.ts'],
  tsconfig: 'tsconfig.esm.json',
  out: '../docs',
  readme: '../README.md',
  modifierTags: [...OptionDefaults.modifierTags, '@publicApi'],
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  githubPages: false,
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true },
};

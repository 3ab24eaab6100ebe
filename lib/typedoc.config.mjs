import { OptionDefaults } from 'typedoc';

/** The reference of the public API: `npm run docs`. A warning is an error. */
export default {
  name: 'nestjs-infisical',
  entryPoints: [
    'index.ts',
    'health/index.ts',
    'opentelemetry/index.ts',
    'pg/index.ts',
    'testing/index.ts',
  ],
  tsconfig: 'tsconfig.esm.json',
  out: '../dist-docs',
  readme: '../README.md',
  modifierTags: [...OptionDefaults.modifierTags, '@publicApi'],
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  githubPages: false,
  // How a snapshot tells its references to change; no business of others.
  intentionallyNotExported: ['SnapshotReader'],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true },
};

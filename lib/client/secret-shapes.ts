import {
  FLAG,
  oneOf,
  SCOPE_OPTIONS,
  type Shape,
  TEXTS,
  whole,
} from './option-checks.js';
import type {
  GetSecretOptions,
  ListSecretsOptions,
  ReadSecretOptions,
} from './secret-options.js';

/** What the options of `secrets` must look like. */
const READ_SECRET: Shape<ReadSecretOptions> = {
  ...SCOPE_OPTIONS,
  expandSecretReferences: FLAG,
  includeImports: FLAG,
  viewSecretValue: FLAG,
};

export const LIST_SECRETS: Shape<ListSecretsOptions> = {
  ...READ_SECRET,
  recursive: FLAG,
  tagSlugs: TEXTS,
};

export const GET_SECRET: Shape<GetSecretOptions> = {
  ...READ_SECRET,
  type: oneOf('shared', 'personal'),
  version: whole(1),
};

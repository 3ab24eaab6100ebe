import { SECRET_NAME, SLUG, listOf, textUpTo } from './name-checks.js';
import {
  ANY_TEXT,
  type Check,
  FLAG,
  OBJECT,
  oneOf,
  orNull,
  SCOPE_OPTIONS,
  type Shape,
  TEXT,
  TEXTS,
  whole,
} from './option-checks.js';
import { ATTACH_TO_ENV } from './process-env.js';
import type {
  AttachToProcessEnvOptions,
  BatchOptions,
  CreateManyItem,
  CreateSecretOptions,
  DeleteManyOptions,
  DeleteSecretOptions,
  DuplicateSecretsOptions,
  GetSecretOptions,
  ListSecretsOptions,
  MetadataPair,
  MoveSecretsOptions,
  CachedReadOptions,
  ReadSecretOptions,
  SecretDestination,
  SecretTagsOptions,
  SecretVersionsOptions,
  UpdateManyItem,
  UpdateManyOptions,
  UpdateSecretOptions,
  WriteSecretFields,
} from './secret-options.js';

/** The server's limit (contract: secrets §2.4). */
const NOTE = orNull(textUpTo(1024));

/** Only a true value makes a reminder; 0 would be ignored. */
const DAYS = orNull(whole(1));

const TYPE = oneOf('shared', 'personal');

/** Pairs of key and value, and whether the server encrypts the value. */
const METADATA: Check = {
  expected:
    'an array of { key, value, isEncrypted } with two strings and true or false',
  accepts: (value) =>
    Array.isArray(value) && value.every((pair) => isMetadata(pair)),
};

/** What the query's grammar can hold (contract: secrets §2.8). */
const METADATA_FILTER = listOf(
  'pairs { key, value }: non-empty strings without ",", "=" and "|", and no key "value"',
  {
    expected: '',
    accepts: (pair) => {
      if (!OBJECT.accepts(pair)) return false;
      const { key, value, ...rest } = pair as Partial<MetadataPair>;
      return (
        Object.keys(rest).length === 0 &&
        [key, value].every(
          (text) => TEXT.accepts(text) && !/[,=|]/.test(text ?? ''),
        ) &&
        // The server would take the word for its own.
        key?.trim().toLowerCase() !== 'value'
      );
    },
  },
  10,
);

/** Ids that one request may name. */
export const SECRET_IDS = listOf('secret ids', TEXT);
export const DUPLICATE_IDS = listOf('secret ids', TEXT, 50);
export const TAG_SLUGS = listOf('tag slugs', SLUG);

/** Every read, but for whether values are shown. */
const READ = {
  ...SCOPE_OPTIONS,
  expandSecretReferences: FLAG,
  includeImports: FLAG,
};

const READ_SECRET: Shape<ReadSecretOptions> = {
  ...READ,
  viewSecretValue: FLAG,
};

const CACHED_READ: Shape<CachedReadOptions> = { ...READ_SECRET, fresh: FLAG };

/** What every list has, whether it is returned or made into variables. */
const LISTED = {
  ...READ,
  fresh: FLAG,
  recursive: FLAG,
  tagSlugs: TEXTS,
  metadataFilter: METADATA_FILTER,
  personalOverrides: FLAG,
};

export const LIST_SECRETS: Shape<ListSecretsOptions> = {
  ...LISTED,
  viewSecretValue: FLAG,
  uniqueNames: FLAG,
};

export const ATTACH_TO_PROCESS_ENV: Shape<AttachToProcessEnvOptions> = {
  ...LISTED,
  ...ATTACH_TO_ENV,
  env: OBJECT,
};

export const GET_SECRET: Shape<GetSecretOptions> = {
  ...CACHED_READ,
  type: TYPE,
  version: whole(1),
};

export const SECRET_VERSIONS: Shape<SecretVersionsOptions> = {
  ...READ_SECRET,
  offset: whole(0),
  limit: whole(1, 100),
};

const WRITE_SECRET: Shape<WriteSecretFields> = {
  ...SCOPE_OPTIONS,
  secretComment: ANY_TEXT,
  secretMetadata: METADATA,
  tagIds: TEXTS,
  skipMultilineEncoding: FLAG,
  secretReminderNote: NOTE,
  secretReminderRepeatDays: DAYS,
  type: TYPE,
};

export const CREATE_SECRET: Shape<CreateSecretOptions> = {
  ...WRITE_SECRET,
  secretValue: ANY_TEXT,
};

export const UPDATE_SECRET: Shape<UpdateSecretOptions> = {
  ...CREATE_SECRET,
  newSecretName: SECRET_NAME,
  secretReminderRecipients: TEXTS,
};

export const DELETE_SECRET: Shape<DeleteSecretOptions> = {
  ...SCOPE_OPTIONS,
  type: TYPE,
};

export const SECRET_TAGS: Shape<SecretTagsOptions> = DELETE_SECRET;

export const CREATE_MANY: Shape<BatchOptions> = SCOPE_OPTIONS;

export const CREATE_MANY_ITEM: Shape<CreateManyItem> = {
  secretKey: SECRET_NAME,
  secretValue: ANY_TEXT,
  secretComment: ANY_TEXT,
  secretMetadata: METADATA,
  tagIds: TEXTS,
  skipMultilineEncoding: FLAG,
};

export const UPDATE_MANY: Shape<UpdateManyOptions> = {
  ...SCOPE_OPTIONS,
  mode: oneOf('failOnNotFound', 'upsert', 'ignore'),
};

export const UPDATE_MANY_ITEM: Shape<UpdateManyItem> = {
  ...CREATE_MANY_ITEM,
  newSecretName: SECRET_NAME,
  path: ANY_TEXT,
  secretReminderNote: NOTE,
  secretReminderRepeatDays: DAYS,
};

export const DELETE_MANY: Shape<DeleteManyOptions> = DELETE_SECRET;

export const DESTINATION: Shape<SecretDestination> = {
  environment: TEXT,
  path: ANY_TEXT,
};

export const MOVE_SECRETS: Shape<MoveSecretsOptions> = {
  ...SCOPE_OPTIONS,
  to: OBJECT,
  shouldOverwrite: FLAG,
};

export const DUPLICATE_SECRETS: Shape<DuplicateSecretsOptions> = {
  ...MOVE_SECRETS,
  attributesToCopy: OBJECT,
};

export const ATTRIBUTES: Shape<
  NonNullable<DuplicateSecretsOptions['attributesToCopy']>
> = {
  value: FLAG,
  comment: FLAG,
  tags: FLAG,
  metadata: FLAG,
  skipMultilineEncoding: FLAG,
};

function isMetadata(pair: unknown): boolean {
  if (!OBJECT.accepts(pair)) return false;
  const { key, value, isEncrypted, ...rest } = pair as Record<string, unknown>;
  return (
    TEXT.accepts(key) &&
    ANY_TEXT.accepts(value) &&
    (isEncrypted === undefined || FLAG.accepts(isEncrypted)) &&
    Object.keys(rest).length === 0
  );
}

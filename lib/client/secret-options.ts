import type { CallOptions, ScopeOptions } from './client-options.js';
import type { AttachToEnvOptions } from './process-env.js';
import type {
  SecretMetadata,
  SecretRecord,
  SecretType,
} from './secret-record.js';

/**
 * What a read asks for.
 *
 * @example
 * ```ts
 * const options: ReadSecretOptions = {
 *   path: '/payments',
 *   expandSecretReferences: false,
 *   includeImports: false,
 * };
 * const records = await client.secrets.list(options);
 * ```
 *
 * @publicApi
 */
export interface ReadSecretOptions extends ScopeOptions, CallOptions {
  /** Replace `${…}` references by their values. Default true. */
  expandSecretReferences?: boolean;
  /** Include the folder's imports. Default true. */
  includeImports?: boolean;
  /** Ask for values; without them `secretValueHidden` is true. Default true. */
  viewSecretValue?: boolean;
}

/**
 * A pair of key and value that a secret's metadata must hold.
 *
 * @example
 * ```ts
 * const metadataFilter: MetadataPair[] = [{ key: 'team', value: 'payments' }];
 * const records = await client.secrets.list({ metadataFilter });
 * ```
 *
 * @publicApi
 */
export interface MetadataPair {
  key: string;
  value: string;
}

/**
 * A read whose answer `cache` may keep.
 *
 * @example
 * ```ts
 * const options: CachedReadOptions = { path: '/payments', fresh: true };
 * const { version } = await client.secrets.get('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface CachedReadOptions extends ReadSecretOptions {
  /** Ask the server even when an answer is kept; the new one takes its place. Default false. */
  fresh?: boolean;
}

/**
 * Options of `secrets.list`.
 *
 * @example
 * ```ts
 * const options: ListSecretsOptions = {
 *   path: '/services',
 *   recursive: true,
 *   tagSlugs: ['payments'],
 *   viewSecretValue: false, // names are enough
 * };
 * const names = (await client.secrets.list(options)).map((r) => r.secretKey);
 * ```
 *
 * @publicApi
 */
export interface ListSecretsOptions extends CachedReadOptions {
  /**
   * All folders below `path` too; each secret tells its own `secretPath`. The
   * server stops 20 levels below the environment's root, and does not say so
   * (contract: secrets §2.8). Default false.
   */
  recursive?: boolean;
  /**
   * Keeps one secret of each name: an own one of the folder nearest to `path`,
   * then of the first path by the alphabet. Default false: a recursive list
   * holds a name once per folder.
   */
  uniqueNames?: boolean;
  /** Only secrets with any of these tags. Imported secrets are not filtered. */
  tagSlugs?: readonly string[];
  /**
   * Only secrets whose metadata holds all of these 1 to 10 pairs exactly, and
   * not encrypted. No "," "=" or "|" (contract: secrets §2.8). Imported secrets
   * are not filtered.
   */
  metadataFilter?: readonly MetadataPair[];
  /**
   * Puts a user's personal secrets in the place of the shared ones. Default
   * false: shared ones only. A machine identity has no personal secrets.
   */
  personalOverrides?: boolean;
}

/**
 * Options of `secrets.get`.
 *
 * @example
 * ```ts
 * const options: GetSecretOptions = { path: '/payments', version: 3 };
 * const { secretValue } = await client.secrets.get('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface GetSecretOptions extends CachedReadOptions {
  /** `personal`: a user's own override. A machine identity has none. Default `shared`. */
  type?: SecretType;
  /** An earlier version. Default: the current one. */
  version?: number;
}

/**
 * Options of `secrets.versions`.
 *
 * @example
 * ```ts
 * const options: SecretVersionsOptions = { limit: 3, viewSecretValue: false };
 * const newest = await client.secrets.versions('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface SecretVersionsOptions extends ReadSecretOptions {
  /** How many of the newest versions are passed over. Default 0. */
  offset?: number;
  /** Most versions that are read, with one request each. 1 to 100, default 10. */
  limit?: number;
}

/**
 * Fields that create and update share.
 *
 * @example
 * ```ts
 * const fields: WriteSecretFields = {
 *   path: '/payments',
 *   secretComment: 'Rotated by the billing team',
 *   secretMetadata: [{ key: 'team', value: 'payments' }],
 *   secretReminderRepeatDays: 90,
 * };
 * await client.secrets.update('STRIPE_KEY', fields);
 * ```
 *
 * @publicApi
 */
export interface WriteSecretFields extends ScopeOptions, CallOptions {
  secretComment?: string;
  /** Replaces what the secret has. */
  secretMetadata?: readonly SecretMetadata[];
  /** Ids of tags; replaces those the secret has. */
  tagIds?: readonly string[];
  /** On a read, wraps a value with references and several lines into quotes, with `\n` (contract: secrets §2.9). */
  skipMultilineEncoding?: boolean;
  /** At most 1024 characters; null for none. Without days there is no reminder. */
  secretReminderNote?: string | null;
  /** Whole days between two reminders, from 1; null for none. */
  secretReminderRepeatDays?: number | null;
  /** `personal` is for users only, and overrides a shared secret of that name. Default `shared`. */
  type?: SecretType;
}

/**
 * Options of `secrets.create`.
 *
 * @example
 * ```ts
 * import { newKey } from './stripe.js';
 *
 * const options: CreateSecretOptions = {
 *   path: '/payments',
 *   secretValue: await newKey(),
 *   secretComment: 'For the web shop',
 * };
 * await client.secrets.create('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface CreateSecretOptions extends WriteSecretFields {
  /** May be empty. The server trims it at both ends, but for one final newline. */
  secretValue: string;
}

/**
 * Options of `secrets.update`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * const options: UpdateSecretOptions = {
 *   path: '/payments',
 *   newSecretName: 'STRIPE_API_KEY',
 * };
 * await client.secrets.update('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface UpdateSecretOptions extends WriteSecretFields {
  secretValue?: string;
  /** Rename. References to the old name are rewritten by the server. */
  newSecretName?: string;
  /** Ids of the users who are reminded. */
  secretReminderRecipients?: readonly string[];
}

/**
 * Options of `secrets.delete`.
 *
 * @example
 * ```ts
 * const options: DeleteSecretOptions = {
 *   environment: 'dev',
 *   path: '/payments',
 * };
 * await client.secrets.delete('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export interface DeleteSecretOptions extends ScopeOptions, CallOptions {
  /** Default `shared`. */
  type?: SecretType;
}

/**
 * Options of batches.
 *
 * @example
 * ```ts
 * const options: BatchOptions = { environment: 'dev', path: '/payments' };
 * await client.secrets.createMany(
 *   [{ secretKey: 'RETRIES', secretValue: '3' }],
 *   options,
 * );
 * ```
 *
 * @publicApi
 */
export interface BatchOptions extends ScopeOptions, CallOptions {}

/**
 * A secret of `secrets.createMany`, always a shared one.
 *
 * @example
 * ```ts
 * const items: CreateManyItem[] = [
 *   { secretKey: 'RETRIES', secretValue: '3' },
 *   { secretKey: 'TIMEOUT', secretValue: '5s', secretComment: 'Of one try' },
 * ];
 * await client.secrets.createMany(items, { path: '/payments' });
 * ```
 *
 * @publicApi
 */
export interface CreateManyItem {
  secretKey: string;
  /** May be empty. */
  secretValue: string;
  secretComment?: string;
  secretMetadata?: readonly SecretMetadata[];
  tagIds?: readonly string[];
  skipMultilineEncoding?: boolean;
}

/**
 * A secret of `secrets.updateMany`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * const items: UpdateManyItem[] = [
 *   { secretKey: 'RETRIES', secretValue: '5' },
 *   { secretKey: 'TIMEOUT', newSecretName: 'TRY_TIMEOUT' },
 * ];
 * await client.secrets.updateMany(items, { path: '/payments' });
 * ```
 *
 * @publicApi
 */
export interface UpdateManyItem extends Partial<CreateManyItem> {
  secretKey: string;
  newSecretName?: string;
  /** Folder of this secret, in place of the batch's. */
  path?: string;
  /** At most 1024 characters; null for none. */
  secretReminderNote?: string | null;
  /** Whole days between two reminders, from 1; null for none. */
  secretReminderRepeatDays?: number | null;
}

/**
 * Options of `secrets.updateMany`.
 *
 * @example
 * ```ts
 * const options: UpdateManyOptions = { path: '/payments', mode: 'upsert' };
 * await client.secrets.updateMany(
 *   [{ secretKey: 'RETRIES', secretValue: '5' }],
 *   options,
 * );
 * ```
 *
 * @publicApi
 */
export interface UpdateManyOptions extends BatchOptions {
  /** What to do about secrets that do not exist. Default `failOnNotFound`. */
  mode?: 'failOnNotFound' | 'upsert' | 'ignore';
}

/**
 * Options of `secrets.deleteMany`.
 *
 * @example
 * ```ts
 * const options: DeleteManyOptions = { environment: 'dev', path: '/payments' };
 * await client.secrets.deleteMany(['RETRIES', 'TIMEOUT'], options);
 * ```
 *
 * @publicApi
 */
export interface DeleteManyOptions extends BatchOptions {
  /** Default `shared`. */
  type?: SecretType;
}

/**
 * Environment and folder that secrets go to; what is absent is as at the source.
 *
 * @example
 * ```ts
 * const to: SecretDestination = { environment: 'staging' };
 * const { id } = await client.secrets.get('RETRIES', { environment: 'dev' });
 * await client.secrets.move([id], { environment: 'dev', to });
 * ```
 *
 * @publicApi
 */
export interface SecretDestination {
  environment?: string;
  path?: string;
}

/**
 * Options of `secrets.move`. `environment` and `path` are where the secrets are.
 *
 * @example
 * ```ts
 * const options: MoveSecretsOptions = {
 *   path: '/',
 *   to: { path: '/payments' },
 *   shouldOverwrite: true,
 * };
 * const { id } = await client.secrets.get('STRIPE_KEY');
 * await client.secrets.move([id], options);
 * ```
 *
 * @publicApi
 */
export interface MoveSecretsOptions extends ScopeOptions, CallOptions {
  to: SecretDestination;
  /** Replace secrets of the same name there. Default false. */
  shouldOverwrite?: boolean;
}

/**
 * What `secrets.move` changed. Both are true unless a policy wants a user's change approved first.
 *
 * @example
 * ```ts
 * const { id } = await client.secrets.get('STRIPE_KEY');
 * const { isDestinationUpdated }: MoveSecretsResult =
 *   await client.secrets.move([id], { to: { path: '/payments' } });
 * if (!isDestinationUpdated) logger.warn('The move waits for an approval.');
 * ```
 *
 * @publicApi
 */
export interface MoveSecretsResult {
  readonly isSourceUpdated: boolean;
  readonly isDestinationUpdated: boolean;
}

/**
 * Options of `secrets.duplicate`.
 *
 * @example
 * ```ts
 * const options: DuplicateSecretsOptions = {
 *   environment: 'dev',
 *   to: { environment: 'staging' },
 *   attributesToCopy: { value: false, comment: true },
 * };
 * const { id } = await client.secrets.get('RETRIES', { environment: 'dev' });
 * await client.secrets.duplicate([id], options);
 * ```
 *
 * @publicApi
 */
export interface DuplicateSecretsOptions extends MoveSecretsOptions {
  /** What goes along. Default: everything. */
  attributesToCopy?: {
    value?: boolean;
    comment?: boolean;
    tags?: boolean;
    metadata?: boolean;
    skipMultilineEncoding?: boolean;
  };
}

/**
 * A secret that `secrets.duplicate` copied.
 *
 * @example
 * ```ts
 * const { id } = await client.secrets.get('RETRIES');
 * const copies: DuplicatedSecret[] = await client.secrets.duplicate([id], {
 *   to: { path: '/payments' },
 * });
 * const names = copies.map(({ sourceSecretKey }) => sourceSecretKey);
 * ```
 *
 * @publicApi
 */
export interface DuplicatedSecret {
  readonly sourceSecretId: string;
  readonly sourceSecretKey: string;
  /** Absent when a policy wants a user's change approved first. */
  readonly destinationSecretId?: string;
}

/**
 * Options of `secrets.attachTags` and `secrets.detachTags`.
 *
 * @example
 * ```ts
 * const options: SecretTagsOptions = {
 *   environment: 'prod',
 *   path: '/payments',
 * };
 * await client.secrets.attachTags('STRIPE_KEY', ['rotated-by-hand'], options);
 * ```
 *
 * @publicApi
 */
export interface SecretTagsOptions extends ScopeOptions, CallOptions {
  /** Default `shared`. */
  type?: SecretType;
}

/**
 * A name that a secret is looked for by, or the id of one.
 *
 * @example
 * ```ts
 * const record: SecretName = await client.secrets.get('STRIPE_KEY');
 * await client.secrets.versions(record); // also after it was renamed
 * ```
 *
 * @publicApi
 */
export type SecretName = string | Pick<SecretRecord, 'id'>;

/**
 * Options of `secrets.attachToProcessEnv`.
 *
 * @example
 * ```ts
 * const options: AttachToProcessEnvOptions = {
 *   path: '/mail',
 *   include: 'SMTP_*',
 *   override: true,
 * };
 * const { attached, undo } = await client.secrets.attachToProcessEnv(options);
 * ```
 *
 * @publicApi
 */
export interface AttachToProcessEnvOptions
  extends
    Omit<ListSecretsOptions, 'uniqueNames' | 'viewSecretValue'>,
    AttachToEnvOptions {
  /** What is written to. Default: the environment of this process. */
  env?: NodeJS.ProcessEnv;
}

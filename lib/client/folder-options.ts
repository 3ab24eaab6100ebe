import type { CallOptions, ScopeOptions } from './client-options.js';
import { FOLDER_NAME } from './name-checks.js';
import {
  ANY_TEXT,
  type Check,
  FLAG,
  orNull,
  SCOPE_OPTIONS,
  type Shape,
  TEXT,
} from './option-checks.js';

/**
 * A folder.
 *
 * @example
 * ```ts
 * const folders: Folder[] = await client.folders.list({ recursive: true });
 * const paths = folders.map(({ path }) => path).sort();
 * ```
 *
 * @publicApi
 */
export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Path of the folder itself. */
  readonly path: string;
  /** Environment slug. */
  readonly environment: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** ISO 8601; absent when no secret of it was ever written. Follows a write with some delay. */
  readonly lastSecretModified?: string;
}

/**
 * Options of `folders.list`.
 *
 * @example
 * ```ts
 * const options: ListFoldersOptions = {
 *   environment: 'prod',
 *   recursive: true,
 *   lastSecretModified: new Date(Date.now() - 86_400_000),
 * };
 * const changedToday = await client.folders.list(options);
 * ```
 *
 * @publicApi
 */
export interface ListFoldersOptions extends ScopeOptions, CallOptions {
  /** All levels below `path`. Default false. */
  recursive?: boolean;
  /** Only folders with a secret that was written at this time or later: a `Date`, or ISO 8601 ending in `Z`. */
  lastSecretModified?: Date | string;
}

/**
 * Options of `folders.create`.
 *
 * @example
 * ```ts
 * const options: CreateFolderOptions = {
 *   name: 'payments',
 *   path: '/services',
 *   description: 'Keys of payment providers',
 * };
 * await client.folders.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateFolderOptions extends ScopeOptions, CallOptions {
  /** Letters, digits, dashes and underscores. */
  name: string;
  /** null for none. */
  description?: string | null;
}

/**
 * Options of `folders.update`.
 *
 * @example
 * ```ts
 * const { id } = await client.folders.create({ name: 'payment' });
 * const options: UpdateFolderOptions = { name: 'payments' };
 * await client.folders.update(id, options);
 * ```
 *
 * @publicApi
 */
export interface UpdateFolderOptions extends ScopeOptions, CallOptions {
  /** The new name, or the old one: the server wants one at every update. */
  name: string;
  /** null for none. */
  description?: string | null;
}

/**
 * A folder of `folders.updateMany`.
 *
 * @example
 * ```ts
 * const folders = await client.folders.list({ path: '/services' });
 * const described = folders.map(({ id, name }): UpdateManyFolder => ({
 *   id,
 *   name,
 *   path: '/services',
 *   description: `Owned by ${name}`,
 * }));
 * await client.folders.updateMany(described);
 * ```
 *
 * @publicApi
 */
export interface UpdateManyFolder {
  id: string;
  /** The new name, or the old one: the server wants one at every update. */
  name: string;
  /** null for none. */
  description?: string | null;
  /** Environment slug. Default: that of the client. */
  environment?: string;
  /** Parent of the folder. Default: that of the client. */
  path?: string;
}

/**
 * Options of `folders.delete`.
 *
 * @example
 * ```ts
 * const options: DeleteFolderOptions = { path: '/services', force: true };
 * await client.folders.delete('payments', options);
 * ```
 *
 * @publicApi
 */
export interface DeleteFolderOptions extends ScopeOptions, CallOptions {
  /** Delete what is in it, too. Default false. Servers without the v2 route always do. */
  force?: boolean;
}

const DATE: Check = {
  expected: 'a Date, or a date of ISO 8601 that ends in "Z"',
  accepts: (value) =>
    !Number.isNaN(
      value instanceof Date
        ? value.getTime()
        : typeof value === 'string' && value.endsWith('Z')
          ? Date.parse(value)
          : NaN,
    ),
};

export const LIST_FOLDERS: Shape<ListFoldersOptions> = {
  ...SCOPE_OPTIONS,
  recursive: FLAG,
  lastSecretModified: DATE,
};

export const WRITE_FOLDER: Shape<CreateFolderOptions & UpdateFolderOptions> = {
  ...SCOPE_OPTIONS,
  name: FOLDER_NAME,
  description: orNull(ANY_TEXT),
};

export const UPDATE_MANY_FOLDER: Shape<UpdateManyFolder> = {
  id: TEXT,
  name: FOLDER_NAME,
  description: orNull(ANY_TEXT),
  environment: TEXT,
  path: ANY_TEXT,
};

export const DELETE_FOLDER: Shape<DeleteFolderOptions> = {
  ...SCOPE_OPTIONS,
  force: FLAG,
};

export const FOLDERS: Check = {
  expected: 'an array of at least one folder',
  accepts: (value) => Array.isArray(value) && value.length > 0,
};

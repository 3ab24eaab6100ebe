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

/** A folder. */
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

/** Options of `folders.list`. */
export interface ListFoldersOptions extends ScopeOptions, CallOptions {
  /** All levels below `path`. Default false. */
  recursive?: boolean;
  /** Only folders with a secret that was written at this time or later: a `Date`, or ISO 8601 ending in `Z`. */
  lastSecretModified?: Date | string;
}

/** Options of `folders.create`. */
export interface CreateFolderOptions extends ScopeOptions, CallOptions {
  /** Letters, digits, dashes and underscores. */
  name: string;
  /** null for none. */
  description?: string | null;
}

/** Options of `folders.update`. */
export interface UpdateFolderOptions extends ScopeOptions, CallOptions {
  /** The new name, or the old one: the server wants one at every update. */
  name: string;
  /** null for none. */
  description?: string | null;
}

/** A folder of `folders.updateMany`. */
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

/** Options of `folders.delete`. */
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

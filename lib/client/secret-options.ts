import type { CallOptions, ScopeOptions } from './client-options.js';
import type { SecretMetadata, SecretType } from './secret-record.js';

/** What a read asks for. */
export interface ReadSecretOptions extends ScopeOptions, CallOptions {
  /** Replace `${…}` references by their values. Default true. */
  expandSecretReferences?: boolean;
  /** Include the folder's imports. Default true. */
  includeImports?: boolean;
  /** Ask for values; without them `secretValueHidden` is true. Default true. */
  viewSecretValue?: boolean;
}

/** Options of `secrets.list`. */
export interface ListSecretsOptions extends ReadSecretOptions {
  /** All folders below `path` too. Default false. */
  recursive?: boolean;
  /** Only secrets with any of these tags. */
  tagSlugs?: readonly string[];
}

/** Options of `secrets.get`. */
export interface GetSecretOptions extends ReadSecretOptions {
  /** Default `shared`. */
  type?: SecretType;
  /** An earlier version. Default: the current one. */
  version?: number;
}

/** Fields that create and update share. */
export interface WriteSecretFields extends ScopeOptions, CallOptions {
  secretComment?: string;
  secretMetadata?: readonly SecretMetadata[];
  /** Ids of tags; replaces those the secret has. */
  tagIds?: readonly string[];
  skipMultilineEncoding?: boolean;
  /** Default `shared`. */
  type?: SecretType;
}

/** Options of `secrets.create`. */
export interface CreateSecretOptions extends WriteSecretFields {
  /** May be empty. The server trims it at both ends, but for one final newline. */
  secretValue: string;
}

/** Options of `secrets.update`. What is absent stays as it is. */
export interface UpdateSecretOptions extends WriteSecretFields {
  secretValue?: string;
  /** Rename. References to the old name are rewritten by the server. */
  newSecretName?: string;
}

/** Options of `secrets.delete`. */
export interface DeleteSecretOptions extends ScopeOptions, CallOptions {
  /** Default `shared`. */
  type?: SecretType;
}

/** Options of batches. */
export interface BatchOptions extends ScopeOptions, CallOptions {}

/** A secret of `secrets.createMany`. */
export interface CreateManyItem {
  secretKey: string;
  /** May be empty. */
  secretValue: string;
  secretComment?: string;
  secretMetadata?: readonly SecretMetadata[];
  tagIds?: readonly string[];
  skipMultilineEncoding?: boolean;
}

/** A secret of `secrets.updateMany`. What is absent stays as it is. */
export interface UpdateManyItem extends Partial<CreateManyItem> {
  secretKey: string;
  newSecretName?: string;
}

/** Options of `secrets.updateMany`. */
export interface UpdateManyOptions extends BatchOptions {
  /** What to do about secrets that do not exist. Default `failOnNotFound`. */
  mode?: 'failOnNotFound' | 'upsert' | 'ignore';
}

/** Options of `secrets.move`. `environment` and `path` are where the secrets are. */
export interface MoveSecretsOptions extends ScopeOptions, CallOptions {
  /** Where they go; what is absent is as at the source. */
  to: { environment?: string; path?: string };
  /** Replace secrets of the same name there. Default false. */
  shouldOverwrite?: boolean;
}

import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import { readOptionalText, readText } from './answer-readers.js';

/** A tag on a secret. */
export interface SecretTag {
  readonly id: string;
  readonly slug: string;
  readonly color?: string;
}

/** Whether everyone sees the secret, or its owner only. */
export type SecretType = 'shared' | 'personal';

/** A pair of a secret's metadata. Its value is never printed. */
export interface SecretMetadata {
  readonly key: string;
  readonly value: string;
  readonly isEncrypted?: boolean;
}

/** Folder and environment for answers that do not repeat them (contract: secrets §2.5). */
export interface SecretPlace {
  readonly environment: string;
  readonly path: string;
}

/**
 * A secret as the server tells it, with the API's field names. Printing,
 * `JSON.stringify`, spreading and cloning show everything but `secretValue`,
 * the comment and the metadata's values.
 *
 * @publicApi
 */
export class SecretRecord {
  readonly id: string;
  readonly secretKey: string;
  readonly secretPath: string;
  /** Environment slug. */
  readonly environment: string;
  /** Project id; empty for some imported secrets. */
  readonly workspace: string;
  /** Counts the changes of the value, from 1. */
  readonly version: number;
  readonly type: SecretType;
  /** True when the identity may not read the value, or it was not asked for. */
  readonly secretValueHidden: boolean;
  readonly skipMultilineEncoding?: boolean;
  readonly tags: readonly SecretTag[];
  /** ISO 8601; absent for imported secrets. */
  readonly createdAt?: string;
  /** ISO 8601; absent for imported secrets. */
  readonly updatedAt?: string;
  readonly #value: string;
  readonly #comment: string;
  readonly #metadata: readonly SecretMetadata[];

  constructor(raw: Record<string, unknown>, place: SecretPlace) {
    this.id = readText(raw, 'id');
    this.secretKey = readText(raw, 'secretKey');
    this.secretPath = readOptionalText(raw, 'secretPath') ?? place.path;
    this.environment =
      readOptionalText(raw, 'environment') ?? place.environment;
    this.workspace = readOptionalText(raw, 'workspace') ?? '';
    this.version = typeof raw.version === 'number' ? raw.version : 1;
    this.type = raw.type === 'personal' ? 'personal' : 'shared';
    this.secretValueHidden = raw.secretValueHidden === true;
    if (typeof raw.skipMultilineEncoding === 'boolean') {
      this.skipMultilineEncoding = raw.skipMultilineEncoding;
    }
    this.tags = readTags(raw.tags);
    this.createdAt = readOptionalText(raw, 'createdAt');
    this.updatedAt = readOptionalText(raw, 'updatedAt');
    this.#value = readOptionalText(raw, 'secretValue') ?? '';
    this.#comment = readOptionalText(raw, 'secretComment') ?? '';
    this.#metadata = readMetadata(raw.secretMetadata);
  }

  /** The value. After an update that sent none, and when it is hidden, this is not the stored value. */
  get secretValue(): string {
    return this.#value;
  }

  get secretComment(): string {
    return this.#comment;
  }

  get secretMetadata(): readonly SecretMetadata[] {
    return this.#metadata;
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as Record<string, unknown>), secretValue: REDACTED };
  }

  [inspect.custom](): string {
    return `SecretRecord ${inspect(this.toJSON())}`;
  }
}

function readTags(tags: unknown): readonly SecretTag[] {
  if (!Array.isArray(tags)) return [];
  return tags.map((tag: Record<string, unknown>) => ({
    id: readText(tag, 'id'),
    slug: readText(tag, 'slug'),
    color: readOptionalText(tag, 'color'),
  }));
}

function readMetadata(metadata: unknown): readonly SecretMetadata[] {
  if (!Array.isArray(metadata)) return [];
  return metadata.map((item: Record<string, unknown>) => ({
    key: readText(item, 'key'),
    value: readOptionalText(item, 'value') ?? '',
    isEncrypted: item.isEncrypted === true,
  }));
}

import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import {
  readFlag,
  readWhole,
  readOneOf,
  readOptionalArray,
  readOptionalFlag,
  readOptionalWhole,
  readOptionalText,
  readOptionalTimestamp,
  readText,
  readTimestamp,
} from './answer-readers.js';

/**
 * A tag on a secret.
 *
 * @example
 * ```ts
 * const tags: SecretTag[] = await client.tags.list();
 * const slugs = tags.map(({ slug }) => slug);
 * ```
 *
 * @publicApi
 */
export interface SecretTag {
  readonly id: string;
  readonly slug: string;
  readonly color?: string;
}

/**
 * Whether everyone sees the secret, or its owner only.
 *
 * @example
 * ```ts
 * const type: SecretType = 'personal'; // of a user, not of a machine identity
 * await client.secrets.update('LOG_LEVEL', { secretValue: 'debug', type });
 * ```
 *
 * @publicApi
 */
export type SecretType = 'shared' | 'personal';

/**
 * A pair of a secret's metadata. Its value is never printed.
 *
 * @example
 * ```ts
 * const secretMetadata: SecretMetadata[] = [
 *   { key: 'team', value: 'payments' },
 * ];
 * await client.secrets.update('STRIPE_KEY', { secretMetadata });
 * ```
 *
 * @publicApi
 */
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

/** What an answer of one kind always has, besides what all of them have (contract: secrets §2.5). */
export interface SecretForm {
  readonly path?: boolean;
  readonly hidden?: boolean;
  readonly dates?: boolean;
}

export const LISTED: SecretForm = { hidden: true, dates: true };
export const IMPORTED: SecretForm = { hidden: true };
export const READ: SecretForm = { path: true, hidden: true, dates: true };
export const READ_BY_ID: SecretForm = { path: true, dates: true };
export const CREATED: SecretForm = { dates: true };
export const CHANGED: SecretForm = { hidden: true, dates: true };

/** What a server without the flag `secretValueHidden` sends in place of a hidden value (contract: secrets §2.7). */
const HIDDEN = '<hidden-by-infisical>';

const TYPES: readonly SecretType[] = ['shared', 'personal'];

/**
 * A secret as the server tells it, with the API's field names. Printing,
 * `JSON.stringify`, spreading and cloning show everything but `secretValue`,
 * the comment, the reminder's note and the metadata.
 *
 * @example
 * ```ts
 * import { Stripe } from './stripe.js';
 *
 * const record: SecretRecord = await client.secrets.get('STRIPE_KEY');
 * const stripe = new Stripe(record.secretValue);
 * logger.log(`${record.secretKey} is at version ${record.version}`);
 * ```
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
  /** Days between two reminders; absent when there is none. */
  readonly secretReminderRepeatDays?: number;
  /** True when Infisical rotates the value. */
  readonly isRotatedSecret?: boolean;
  readonly tags: readonly SecretTag[];
  /** ISO 8601; absent for imported secrets. */
  readonly createdAt?: string;
  /** ISO 8601; absent for imported secrets. */
  readonly updatedAt?: string;
  readonly #value: string;
  readonly #comment: string;
  readonly #metadata: readonly SecretMetadata[];
  readonly #reminderNote: string | undefined;

  /** @internal */
  constructor(
    raw: Record<string, unknown>,
    place: SecretPlace,
    form: SecretForm = {},
  ) {
    this.id = readText(raw, 'id');
    this.secretKey = readText(raw, 'secretKey');
    this.secretPath = form.path
      ? readText(raw, 'secretPath')
      : (readOptionalText(raw, 'secretPath') ?? place.path);
    this.environment = readText(raw, 'environment');
    this.workspace = readText(raw, 'workspace');
    this.version = readWhole(raw, 'version');
    this.type = readOneOf(raw, 'type', TYPES);
    this.#value = readText(raw, 'secretValue');
    this.secretValueHidden = form.hidden
      ? readFlag(raw, 'secretValueHidden')
      : (readOptionalFlag(raw, 'secretValueHidden') ?? this.#value === HIDDEN);
    this.skipMultilineEncoding = readOptionalFlag(raw, 'skipMultilineEncoding');
    this.secretReminderRepeatDays = readOptionalWhole(
      raw,
      'secretReminderRepeatDays',
    );
    this.isRotatedSecret = readOptionalFlag(raw, 'isRotatedSecret');
    this.tags = readOptionalArray(raw, 'tags').map(toTag);
    const readWhen = form.dates ? readTimestamp : readOptionalTimestamp;
    this.createdAt = readWhen(raw, 'createdAt');
    this.updatedAt = readWhen(raw, 'updatedAt');
    this.#comment = readText(raw, 'secretComment');
    this.#metadata = readOptionalArray(raw, 'secretMetadata').map(toMetadata);
    this.#reminderNote = readOptionalText(raw, 'secretReminderNote');
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

  /** Absent when there is none. */
  get secretReminderNote(): string | undefined {
    return this.#reminderNote;
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as Record<string, unknown>), secretValue: REDACTED };
  }

  [inspect.custom](): string {
    return `SecretRecord ${inspect(this.toJSON())}`;
  }
}

/** Reads a tag. */
export function toTag(raw: Record<string, unknown>): SecretTag {
  return {
    id: readText(raw, 'id'),
    slug: readText(raw, 'slug'),
    color: readOptionalText(raw, 'color'),
  };
}

function toMetadata(raw: Record<string, unknown>): SecretMetadata {
  return {
    key: readText(raw, 'key'),
    value: readOptionalText(raw, 'value') ?? '',
    isEncrypted: readOptionalFlag(raw, 'isEncrypted') ?? false,
  };
}

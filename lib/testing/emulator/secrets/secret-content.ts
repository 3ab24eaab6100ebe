import type { SecretContent } from '../state/models.js';

/** The content of a secret of which only key and value are given. */
export function emptyContent(): SecretContent {
  return {
    key: '',
    value: '',
    comment: '',
    skipMultilineEncoding: null,
    metadata: [],
    tags: [],
    reminderNote: null,
    reminderRepeatDays: null,
  };
}

/** What stands in for a value the caller does not get. */
export const HIDDEN_VALUE = '<hidden-by-infisical>';

/** What a request may say about a secret. */
export interface SecretChange {
  readonly secretValue?: string;
  readonly secretComment?: string;
  readonly skipMultilineEncoding?: boolean | null;
  readonly secretMetadata?: {
    key: string;
    value: string;
    isEncrypted: boolean;
  }[];
  readonly secretReminderNote?: string | null;
  readonly secretReminderRepeatDays?: number | null;
  readonly tagIds?: string[];
  readonly newSecretName?: string;
}

/** The part of a secret's content that a request changes. */
export function contentChange(change: SecretChange): Partial<SecretContent> {
  const given: Partial<SecretContent> = {
    value: change.secretValue,
    comment: change.secretComment,
    skipMultilineEncoding: change.skipMultilineEncoding,
    metadata: change.secretMetadata,
    reminderNote: change.secretReminderNote,
    // Only a truthy number makes a reminder.
    reminderRepeatDays:
      change.secretReminderRepeatDays === undefined
        ? undefined
        : change.secretReminderRepeatDays || null,
    key: change.newSecretName || undefined,
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
}

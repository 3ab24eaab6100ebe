import type { SecretList } from '../../client/secret-list.js';
import { SecretRecord } from '../../client/secret-record.js';

/** A list out of the store. */
export interface StoredList {
  readonly list: SecretList;
  /** Milliseconds since the server told it. */
  readonly age: number;
}

/** A list as text, with all that a snapshot needs: no comments, tags and metadata. */
export function writeList({ secrets, imports, etag }: SecretList): string {
  return JSON.stringify({
    secrets: secrets.map(toRaw),
    imports: imports.map((group) => group.map(toRaw)),
    etag,
  });
}

/** The list that was written. */
export function readList(text: string): SecretList {
  const { secrets, imports, etag } = JSON.parse(text) as {
    secrets: Record<string, unknown>[];
    imports: Record<string, unknown>[][];
    etag?: string;
  };
  return {
    secrets: secrets.map(toRecord),
    imports: imports.map((group) => group.map(toRecord)),
    etag,
  };
}

function toRaw(secret: SecretRecord): Record<string, unknown> {
  return {
    id: secret.id,
    secretKey: secret.secretKey,
    secretPath: secret.secretPath,
    environment: secret.environment,
    workspace: secret.workspace,
    version: secret.version,
    type: secret.type,
    secretValue: secret.secretValue,
    secretValueHidden: secret.secretValueHidden,
    secretComment: '',
  };
}

function toRecord(raw: Record<string, unknown>): SecretRecord {
  return new SecretRecord(raw, { environment: '', path: '/' });
}

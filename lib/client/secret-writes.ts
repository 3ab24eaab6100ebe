import { apiPath, normalizeFolderPath } from '../http/api-path.js';
import type { CallLimits } from '../http/api-call.js';
import { readArray, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import { type Check, check } from './option-checks.js';
import { PartialBatchError } from './partial-batch.error.js';
import { answeredName, type BatchItem, cutBatches } from './secret-batch.js';
import type { BatchOptions } from './secret-options.js';
import { type SecretForm, SecretRecord } from './secret-record.js';
import { placeFields, secretPath } from './secret-requests.js';
import {
  formOn,
  type SecretsGeneration,
  type SecretsVersion,
} from './secrets-generation.js';

export const LIST: Check = {
  expected: 'an array',
  accepts: (value) => Array.isArray(value),
};

/** Writes of secrets in the server's generation. */
export class SecretWrites {
  readonly #context: ClientContext;
  readonly #generation: SecretsGeneration;

  constructor(context: ClientContext, generation: SecretsGeneration) {
    this.#context = context;
    this.#generation = generation;
  }

  /** Writes one secret. */
  async one(
    method: 'POST' | 'PATCH' | 'DELETE',
    name: string,
    options: ScopeOptions & CallOptions,
    limits: CallLimits,
    form: SecretForm,
    fields: Record<string, unknown>,
  ): Promise<SecretRecord> {
    const place = this.#context.place(options);
    return this.#context.withProject(options, (projectId) =>
      this.#generation.one(place, form, (version) => ({
        ...limits,
        method,
        path: secretPath(version, name),
        body: { ...placeFields(version, projectId, place), ...fields },
      })),
    );
  }

  /** Checks the secrets of a batch, and gives each its folder. */
  items<I extends { secretKey: string; path?: string }>(
    operation: string,
    secrets: readonly I[],
    options: BatchOptions,
    checkItem?: (item: I, where: string) => void,
  ): BatchItem[] {
    check(operation, 'secrets', secrets, LIST);
    const { path: common } = this.#context.place(options);
    return secrets.map((item, index) => {
      checkItem?.(item, `secrets[${index}]`);
      const { path, ...body } = item;
      if (path === undefined) return { path: common, body };
      const own = normalizeFolderPath(path);
      return { path: own, body: { ...body, secretPath: own } };
    });
  }

  /** Writes the secrets of a batch, request by request. */
  async batch(
    method: 'POST' | 'PATCH' | 'DELETE',
    items: readonly BatchItem[],
    options: BatchOptions,
    limits: CallLimits,
    form: SecretForm,
    more?: Record<string, unknown>,
  ): Promise<SecretRecord[]> {
    const place = this.#context.place(options);
    return this.#context.withProject(options, async (projectId) => {
      const body = (
        version: SecretsVersion,
        secrets: readonly unknown[],
      ): Record<string, unknown> => ({
        ...placeFields(version, projectId, place),
        ...more,
        secrets,
      });
      const frame = Buffer.byteLength(JSON.stringify(body('v3', [])));
      const written: SecretRecord[] = [];
      for (const { start, items: some } of cutBatches(items, frame)) {
        const paths = new Map(
          some.map((item) => [answeredName(item), item.path]),
        );
        try {
          const { answer, version } = await this.#generation.ask((it) => ({
            ...limits,
            method,
            path:
              it === 'v4'
                ? apiPath`/api/v4/secrets/batch`
                : apiPath`/api/v3/secrets/batch/raw`,
            body: body(
              it,
              some.map((item) => item.body),
            ),
          }));
          const fields = formOn(version, form);
          const records = readArray(answer.data, 'secrets').map((raw) => {
            const path = paths.get(readText(raw, 'secretKey')) ?? place.path;
            return new SecretRecord(raw, { ...place, path }, fields);
          });
          written.push(...records);
        } catch (error) {
          if (start === 0) throw error;
          throw new PartialBatchError(
            limits.operation ?? '',
            written,
            start,
            error as Error,
          );
        }
      }
      return written;
    });
  }
}

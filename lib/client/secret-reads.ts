import { apiPath } from '../http/api-path.js';
import type { CallLimits } from '../http/api-call.js';
import type { ClientContext, Place } from './client-context.js';
import {
  byPlaceAndName,
  firstOfEachName,
  mergeImports,
  nearestFirst,
  readSecretList,
  resolveOverrides,
  type SecretList,
  warnOfReferences,
} from './secret-list.js';
import type {
  CachedReadOptions,
  GetSecretOptions,
  ListSecretsOptions,
  ReadSecretOptions,
} from './secret-options.js';
import { READ, READ_BY_ID, type SecretRecord } from './secret-record.js';
import {
  assertFiltered,
  assertVersion,
  metadataQuery,
  readQuery,
  secretPath,
  secretsPath,
} from './secret-requests.js';
import { formOn, type SecretsGeneration } from './secrets-generation.js';

/**
 * A list, or word that the one with this ETag is still right.
 *
 * @example
 * ```ts
 * const place = { path: '/payments' };
 * const first = await client.secrets.listConditionally(place);
 * const etag = first.modified ? first.list.etag : undefined;
 * const again: ConditionalList = await client.secrets.listConditionally(
 *   place,
 *   etag,
 * );
 * logger.log(again.modified ? 'something changed' : 'nothing changed');
 * ```
 *
 * @publicApi
 */
export type ConditionalList =
  | { readonly modified: true; readonly list: SecretList }
  | { readonly modified: false };

/** Reads of secrets in the server's generation, out of the cache where there is one. */
export class SecretReads {
  readonly #context: ClientContext;
  readonly #generation: SecretsGeneration;

  constructor(context: ClientContext, generation: SecretsGeneration) {
    this.#context = context;
    this.#generation = generation;
  }

  /** The secrets of a list, with imported ones merged. */
  async list(
    options: ListSecretsOptions,
    limits: CallLimits,
  ): Promise<SecretRecord[]> {
    const secrets = await this.cached(options, limits, [], async (own) => {
      const answer = await this.conditional(options, own);
      if (!answer.modified) return [];
      const { list } = answer;
      if (!options.uniqueNames) return mergeImports(list);
      const nearest = nearestFirst(list.secrets);
      return firstOfEachName(mergeImports({ ...list, secrets: nearest }));
    });
    return [...secrets].sort(byPlaceAndName);
  }

  /** A list as the server sends it, unless it still has this ETag. */
  async conditional(
    options: ListSecretsOptions,
    limits: CallLimits,
    etag?: string,
  ): Promise<ConditionalList> {
    const place = this.#context.place(options);
    const { personalOverrides = false, metadataFilter } = options;
    const { answer, version } = await this.#context.withProject(
      options,
      (projectId) =>
        this.#generation.ask((generation) => ({
          ...limits,
          method: 'GET',
          path: secretsPath(generation),
          query: {
            ...readQuery(generation, projectId, place, options),
            recursive: options.recursive ?? false,
            ...(generation === 'v4'
              ? { includePersonalOverrides: personalOverrides }
              : undefined),
            tagSlugs: options.tagSlugs?.join(',') || undefined,
            metadataFilter: metadataQuery(metadataFilter),
          },
          headers: etag === undefined ? undefined : { 'if-none-match': etag },
        })),
    );
    if (answer.status === 304) return { modified: false };
    const found = readSecretList(answer.data, place, answer.etag, (form) =>
      formOn(version, form),
    );
    assertFiltered(found.secrets, metadataFilter, limits.operation);
    const list = resolveOverrides(found, personalOverrides);
    this.warn([list.secrets, ...list.imports].flat(), options);
    return { modified: true, list };
  }

  /** One secret of the folder. */
  get(
    name: string,
    options: GetSecretOptions,
    limits: CallLimits,
  ): Promise<SecretRecord> {
    return this.cached(options, limits, [name], (own) =>
      this.at(name, this.#context.place(options), options, own),
    );
  }

  /** One secret of this place, straight from the server. */
  async at(
    name: string,
    place: Place,
    options: GetSecretOptions,
    limits: CallLimits,
  ): Promise<SecretRecord> {
    const secret = await this.#context.withProject(options, (projectId) =>
      this.#generation.one(place, READ, (version) => ({
        ...limits,
        method: 'GET',
        path: secretPath(version, name),
        query: {
          ...readQuery(version, projectId, place, options),
          type: options.type ?? 'shared',
          version: options.version,
        },
      })),
    );
    assertVersion(secret, options.version, limits.operation);
    this.warn([secret], options);
    return secret;
  }

  /** One secret by its id. */
  byId(secretId: string, limits: CallLimits): Promise<SecretRecord> {
    // The answer tells where it is.
    return this.#generation.one(
      { environment: '', path: '' },
      READ_BY_ID,
      (version) => ({
        ...limits,
        method: 'GET',
        path:
          version === 'v4'
            ? apiPath`/api/v4/secrets/id/${secretId}`
            : apiPath`/api/v3/secrets/raw/id/${secretId}`,
      }),
    );
  }

  private warn(
    secrets: readonly SecretRecord[],
    {
      expandSecretReferences = true,
      viewSecretValue = true,
    }: ReadSecretOptions,
  ): void {
    if (!expandSecretReferences || !viewSecretValue) return;
    warnOfReferences(this.#context.options.logger, secrets);
  }

  /**
   * The kept answer, or that of `load`. A request that others wait for, too, is
   * not ended by the limits of the one who made it.
   */
  private async cached<T>(
    options: CachedReadOptions,
    limits: CallLimits,
    more: readonly string[],
    load: (own: CallLimits) => Promise<T>,
  ): Promise<T> {
    const { cache } = this.#context.options;
    if (!cache.enabled) return load(limits);
    const { operation } = limits;
    const key = [operation, ...more, await this.question(options)];
    if (options.fresh) cache.forget(key);
    return this.#context.http.withDeadline(limits, (signal) =>
      cache.read(key, signal, () =>
        load({ operation, signal: undefined, timeout: undefined }),
      ),
    );
  }

  /** Everything that changes the answer of a read, in one order. */
  private async question(options: CachedReadOptions): Promise<unknown[]> {
    const question = {
      ...options,
      signal: undefined,
      timeout: undefined,
      fresh: undefined,
      projectSlug: undefined,
      projectId: await this.#context.projectId(options),
      ...this.#context.place(options),
    };
    return Object.entries(question)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

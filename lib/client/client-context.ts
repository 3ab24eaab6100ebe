import type { TokenLife } from '../auth/token-life.js';
import type { TokenManager } from '../auth/token-manager.js';
import { toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { waitFor } from '../common/wait-for.js';
import { apiPath, normalizeFolderPath } from '../http/api-path.js';
import type { CallProgress } from '../http/call-observer.js';
import {
  InfisicalNotFoundError,
  isTokenRejection,
  isUnknownRoute,
  provesToken,
} from '../http/errors.js';
import type { ApiAnswer, ApiCall } from '../http/api-call.js';
import type { HttpClient } from '../http/http-client.js';
import type { ServerSentEvent } from '../http/server-sent-events.js';
import {
  nameAnswer,
  readArray,
  readBody,
  readObject,
  readText,
} from './answer-readers.js';
import type {
  CallOptions,
  ResolvedClientOptions,
  ScopeOptions,
} from './client-options.js';

/** Environment and folder, filled up with the defaults. */
export interface Place {
  readonly environment: string;
  readonly path: string;
}

/** The project a call names, and what ends its look-up. */
type ProjectChoice = Pick<ScopeOptions, 'projectId' | 'projectSlug'> &
  CallOptions;

/** The look-ups of a project, as its users call them. */
const BY_SLUG = 'projects.getBySlug';
const BY_ID = 'projects.get';

/** What all API classes share: authenticated calls, defaults, projects. */
export class ClientContext {
  readonly #projectIds = new Map<string, Promise<string>>();
  readonly #projectSlugs = new Map<string, Promise<string>>();

  constructor(
    readonly http: HttpClient,
    readonly tokens: TokenManager,
    readonly options: ResolvedClientOptions,
  ) {}

  /**
   * Makes a call with the access token. A rejected token is replaced and the
   * call made once more: the server rejects before it does any work, so that
   * is safe for every method.
   */
  async call(call: ApiCall): Promise<ApiAnswer> {
    if (!changesSecrets(call)) return this.callWithToken(call);
    try {
      return await this.callWithToken(call);
    } finally {
      // Also after a failure: the server may have done it.
      this.options.cache.clear();
    }
  }

  /**
   * Opens a stream of events with the access token. A rejected token is
   * replaced once, later ones do not end the stream.
   *
   * @param silence milliseconds without a byte after which it counts as broken
   */
  openEvents(
    call: ApiCall,
    signal: AbortSignal,
    silence: number,
  ): Promise<AsyncGenerator<ServerSentEvent>> {
    return this.http.watched(call, async (progress) => {
      const open = async ({ token }: TokenLife) => {
        const how = { token: token.reveal(), silence };
        const events = await this.http.open(call, signal, progress, how);
        this.tokens.accept();
        return events;
      };
      for (let isSecond = false; ; isSecond = true) {
        const held = await this.tokens.acquire(signal);
        try {
          return await open(held);
        } catch (error) {
          if (!isTokenRejection(error)) throw error;
          this.tokens.reject(held, error);
          if (isSecond) throw error;
          await this.tokens.acquire(signal);
          progress.retrying(error);
        }
      }
    });
  }

  private callWithToken(call: ApiCall): Promise<ApiAnswer> {
    return this.http.watched(call, (progress) =>
      this.http.withDeadline(call, async (signal) => {
        let life: TokenLife | undefined;
        const bearer = async (): Promise<string> => {
          life = undefined;
          life = await this.tokens.acquire(signal);
          return life.token.reveal();
        };
        for (let isSecond = false; ; isSecond = true) {
          try {
            return await this.send(call, signal, progress, bearer);
          } catch (error) {
            // Without a token it was not the server that refused the call.
            if (life && provesToken(error)) this.tokens.accept();
            if (!isTokenRejection(error) || !life) throw error;
            this.tokens.reject(life, error);
            if (isSecond) throw error;
            await this.tokens.acquire(signal);
            progress.retrying(error);
          }
        }
      }),
    );
  }

  private async send(
    call: ApiCall,
    signal: AbortSignal,
    progress: CallProgress,
    bearer: () => Promise<string>,
  ): Promise<ApiAnswer> {
    const answer = await this.http.tries(call, signal, progress, bearer);
    this.tokens.accept();
    nameAnswer(answer.data, call.operation);
    return answer;
  }

  /**
   * Makes the call in the newer form, and in the older one when the server has
   * no such route. Says which form worked.
   */
  async callWithFallback(
    newer: ApiCall,
    older: () => ApiCall | Promise<ApiCall>,
  ): Promise<{ answer: ApiAnswer; isOlder: boolean }> {
    try {
      return { answer: await this.call(newer), isOlder: false };
    } catch (error) {
      if (!isUnknownRoute(error)) throw error;
      return { answer: await this.call(await older()), isOlder: true };
    }
  }

  /**
   * Makes a call, and reads its answer.
   *
   * @throws InfisicalHttpError code `UnreadableAnswer` when a field is missing or of another kind
   */
  async read<T>(call: ApiCall, read: (data: unknown) => T): Promise<T> {
    const { data } = await this.call(call);
    return read(data);
  }

  /** The object under `key` of the answer's body. */
  fetch(call: ApiCall, key: string): Promise<Record<string, unknown>> {
    return this.read(call, (data) => readObject(data, key));
  }

  /** The array under `key` of the answer's body. */
  fetchAll(call: ApiCall, key: string): Promise<Record<string, unknown>[]> {
    return this.read(call, (data) => readArray(data, key));
  }

  /** @throws InfisicalConfigError when there is no environment */
  place(scope: ScopeOptions): Place {
    const environment = scope.environment ?? this.options.defaults.environment;
    if (!environment) {
      throw new InfisicalConfigError(
        'No environment: pass `environment` to the call or to the client, as the slug ("dev", "prod").',
      );
    }
    return {
      environment,
      path:
        scope.path === undefined
          ? this.options.defaults.path
          : normalizeFolderPath(scope.path),
    };
  }

  /** The project's id; a slug is looked up once. Signal and timeout end the waiting only. */
  async projectId(scope: ProjectChoice): Promise<string> {
    const { projectId, projectSlug } = this.project(scope);
    return projectId ?? this.foundId(this.idOfSlug(projectSlug ?? ''), scope);
  }

  /**
   * Runs `work` with the project's id. When the project of a remembered slug is
   * gone, the slug is looked up once more: it may belong to a new one. Nothing
   * was done in the one that is gone, so that `work` may run again.
   */
  async withProject<T>(
    scope: ProjectChoice,
    work: (projectId: string) => Promise<T>,
  ): Promise<T> {
    const { projectId, projectSlug = '' } = this.project(scope);
    if (projectId) return work(projectId);
    const lookup = this.idOfSlug(projectSlug);
    const known = await this.foundId(lookup, scope);
    try {
      return await work(known);
    } catch (error) {
      // The server names the project that it does not find.
      if (
        !(error instanceof InfisicalNotFoundError) ||
        !error.message.includes(known)
      ) {
        throw error;
      }
      if (this.#projectIds.get(projectSlug) === lookup) {
        this.#projectIds.delete(projectSlug);
      }
      const found = await this.foundId(this.idOfSlug(projectSlug), scope);
      if (found === known) throw error;
      return work(found);
    }
  }

  /** Forgets which slug belongs to which id, after a change of either. */
  forgetProjects(): void {
    this.#projectIds.clear();
    this.#projectSlugs.clear();
  }

  /** The project's slug, which the routes of dynamic secrets want; an id is looked up once. */
  async projectSlug(scope: ProjectChoice): Promise<string> {
    const { projectId, projectSlug } = this.project(scope);
    return (
      projectSlug ?? this.found(BY_ID, this.slugOfId(projectId ?? ''), scope)
    );
  }

  /** Project, environment and folder as the routes of dynamic secrets want them. */
  async slugScope(
    scope: ScopeOptions & ProjectChoice,
  ): Promise<Record<string, string>> {
    const { environment, path } = this.place(scope);
    const projectSlug = await this.projectSlug(scope);
    return { projectSlug, environmentSlug: environment, path };
  }

  /** A call's own project hides both forms of the default. */
  private project(
    scope: ProjectChoice,
  ): Pick<ScopeOptions, 'projectId' | 'projectSlug'> {
    const own = scope.projectId ?? scope.projectSlug;
    const project = own ? scope : this.options.defaults;
    if (!project.projectId && !project.projectSlug) {
      throw new InfisicalConfigError(
        'No project: pass `projectId` or `projectSlug` to the call or to the client.',
      );
    }
    return project;
  }

  private foundId(lookup: Promise<string>, limits: CallOptions) {
    return this.found(BY_SLUG, lookup, limits);
  }

  /** Waits for a look-up that others wait for, too, no longer than the call wants. */
  private found(
    operation: string,
    lookup: Promise<string>,
    { signal, timeout }: CallOptions,
  ): Promise<string> {
    if (timeout === undefined) return waitFor(lookup, signal);
    const limits = {
      operation,
      signal,
      timeout: toMilliseconds(timeout, 'timeout'),
    };
    return this.http.withDeadline(limits, (inner) => waitFor(lookup, inner));
  }

  private idOfSlug(slug: string): Promise<string> {
    return this.remember(this.#projectIds, slug, () =>
      this.read(
        {
          method: 'GET',
          path: apiPath`/api/v1/projects/slug/${slug}`,
          operation: BY_SLUG,
        },
        (data) => readText(readBody(data), 'id'),
      ),
    );
  }

  private slugOfId(id: string): Promise<string> {
    return this.remember(this.#projectSlugs, id, () =>
      this.read(
        {
          method: 'GET',
          path: apiPath`/api/v1/projects/${id}`,
          operation: BY_ID,
        },
        (data) => readText(readObject(data, 'project'), 'slug'),
      ),
    );
  }

  private remember(
    cache: Map<string, Promise<string>>,
    key: string,
    load: () => Promise<string>,
  ): Promise<string> {
    const known = cache.get(key);
    if (known) return known;
    const value = load();
    cache.set(key, value);
    // A failure is not remembered.
    value.catch(() => {
      if (cache.get(key) === value) cache.delete(key);
    });
    return value;
  }
}

/** Whether answers about secrets may be different after this call. */
function changesSecrets({ method, path }: ApiCall): boolean {
  return (
    method !== 'GET' &&
    !/^\/api\/v1\/(kms|dynamic-secrets|auth)\//.test(path.text)
  );
}

import {
  InfisicalNotFoundError,
  InfisicalPermissionError,
} from '../../http/errors.js';
import type { CallLimits } from '../../http/api-call.js';
import type { ClientContext, Place } from '../client-context.js';
import type { ScopeOptions } from '../client-options.js';
import type { EnvironmentsApi } from '../environments.api.js';
import type { FoldersApi } from '../folders.api.js';
import { mergeImports, type SecretList } from '../secret-list.js';
import type { ListSecretsOptions } from '../secret-options.js';
import type { SecretsApi } from '../secrets.api.js';
import { failure } from './checkup.js';
import type { Finding } from './doctor-report.js';

/** Most names in one hint. */
const MAX_NAMES = 10;

/** What the checks of scopes read with. */
export interface ScopeReaders {
  readonly secrets: SecretsApi;
  readonly folders: FoldersApi;
  readonly environments: EnvironmentsApi;
}

/** Whether a folder is there, and may be read as an app reads it. Values are dropped at once. */
export class ScopeCheck {
  readonly #context: ClientContext;
  readonly #readers: ScopeReaders;
  readonly #scope: ScopeOptions & Pick<CallLimits, 'signal' | 'timeout'>;

  constructor(
    context: ClientContext,
    readers: ScopeReaders,
    scope: ScopeOptions,
    { signal, timeout }: CallLimits,
  ) {
    this.#context = context;
    this.#readers = readers;
    this.#scope = { ...scope, signal, timeout };
  }

  /** Such as `scope prod:/payments`. */
  get name(): string {
    const { defaults } = this.#context.options;
    const { projectId, projectSlug, environment, path } = this.#scope;
    const project = projectId ?? projectSlug;
    return `scope ${project === undefined ? '' : `${project}, `}${environment ?? defaults.environment ?? '?'}:${path ?? defaults.path}`;
  }

  async look(): Promise<Finding> {
    const place = this.#context.place(this.#scope);
    try {
      return await this.describe(await this.list(), place);
    } catch (error) {
      if (isMissingPlace(error)) return this.missing(error, place);
      if (error instanceof InfisicalPermissionError) return this.refused(error);
      throw error;
    }
  }

  private async list(
    more: Partial<ListSecretsOptions> = {},
  ): Promise<SecretList> {
    const { secrets } = this.#readers;
    const answer = await secrets.listConditionally({ ...this.#scope, ...more });
    // Without an ETag there is always a list.
    return answer.modified ? answer.list : { secrets: [], imports: [] };
  }

  private async describe(list: SecretList, place: Place): Promise<Finding> {
    const all = mergeImports(list);
    if (all.length === 0) {
      const below = await this.foldersAt(place.path).catch(() => []);
      return {
        status: 'warning',
        detail: 'the folder is there, and has no secrets',
        hint:
          below.length === 0
            ? 'Check environment and path, if there should be some.'
            : `Check environment and path, if there should be some. Folders below: ${listed(below)}.`,
      };
    }
    const imported = all.length - list.secrets.length;
    const detail = `${counted(all.length)}${imported === 0 ? '' : `, ${imported} of them imported`}`;
    const hidden = all.filter(({ secretValueHidden }) => secretValueHidden);
    if (hidden.length === 0) return { status: 'ok', detail };
    return {
      status: 'warning',
      detail: `${detail}; ${hidden.length} without a value that may be read`,
      hint: 'Give the machine identity the permission to read values there.',
    };
  }

  /** Finds out how much of it is allowed. */
  private async refused(error: InfisicalPermissionError): Promise<Finding> {
    const plain = { expandSecretReferences: false };
    const readable = await this.attempt(plain);
    if (readable !== undefined) {
      return {
        ...failure(error),
        hint: 'The folder itself may be read, but not everything that its references lead to: give the machine identity a role that allows it there, too.',
      };
    }
    const names = await this.attempt({ ...plain, viewSecretValue: false });
    if (names !== undefined) {
      return {
        ...failure(error),
        detail: `the names of ${counted(names)} may be read, but not their values`,
        hint: 'Give the machine identity the permission to read values for this environment and path.',
      };
    }
    return failure(error);
  }

  /** How many secrets a list with these options has; undefined when it is refused, too. */
  private async attempt(
    options: Partial<ListSecretsOptions>,
  ): Promise<number | undefined> {
    try {
      return mergeImports(await this.list(options)).length;
    } catch (error) {
      if (error instanceof InfisicalPermissionError) return undefined;
      throw error;
    }
  }

  /** The server gives one answer to a wrong environment and a wrong path (contract: secrets §2.6); the folders tell them apart. */
  private async missing(
    error: InfisicalNotFoundError,
    { environment, path }: Place,
  ): Promise<Finding> {
    let parent = '/';
    let folders: string[];
    try {
      folders = await this.foldersAt(parent);
      for (const name of path.split('/').filter(Boolean)) {
        if (!folders.includes(name)) break;
        parent = parent === '/' ? `/${name}` : `${parent}/${name}`;
        folders = await this.foldersAt(parent);
      }
    } catch (cause) {
      if (!(cause instanceof InfisicalNotFoundError)) return failure(error);
      return {
        status: 'failed',
        detail: `there is no environment "${environment}"`,
        hint: await this.environmentsHint(),
      };
    }
    return {
      status: 'failed',
      detail: `there is no folder ${path} in the environment "${environment}"`,
      hint:
        folders.length === 0
          ? `${parent} has no folders. Check the path, and the environment.`
          : `${parent} has the folders ${listed(folders)}. Case matters.`,
    };
  }

  private async environmentsHint(): Promise<string> {
    const { projectId, projectSlug, signal, timeout } = this.#scope;
    const project = { projectId, projectSlug, signal, timeout };
    try {
      const found = await this.#readers.environments.list(project);
      return `The project has ${listed(found.map(({ slug }) => slug))}. The slug is wanted, not the name.`;
    } catch {
      return 'Check the slug of the environment, and the project.';
    }
  }

  private async foldersAt(path: string): Promise<string[]> {
    const found = await this.#readers.folders.list({ ...this.#scope, path });
    return found.map(({ name }) => name);
  }
}

function isMissingPlace(error: unknown): error is InfisicalNotFoundError {
  return (
    error instanceof InfisicalNotFoundError &&
    (error.code === 'SecretPathNotFound' ||
      /Folder with path|Environment with slug/i.test(error.message))
  );
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'secret' : 'secrets'}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return (
    names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
  );
}

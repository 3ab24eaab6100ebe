import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { type ApiError, forbidden } from '../http/api-error.js';
import { removeTrailingSlash } from '../http/schemas.js';
import type { Folder, Secret, SecretVersion } from '../state/models.js';
import type { Store } from '../state/store.js';
import { importedSecret } from './import-resolver.js';
import {
  type Found,
  hasReference,
  ReferenceExpander,
  type RelativeLookup,
} from './references.js';
import { HIDDEN_VALUE } from './secret-content.js';
import { targetOf } from './secret-views.js';

export interface ValueOptions {
  readonly viewSecretValue: boolean;
  readonly expandSecretReferences: boolean;
  /** v4 looks bare names up in the importing folder and its imports. */
  readonly relativeToImporter: boolean;
  /** The user whose personal secrets references prefer. */
  readonly prefersOverridesOf?: string;
}

/** How references behave on the imitated server. */
export interface ReferenceSettings {
  readonly missingReferences: 'literal' | 'empty';
  readonly crossProjectReferences: boolean;
}

/** Values as they are answered: hidden, as stored, or expanded. */
export class SecretValues {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly settings: ReferenceSettings,
  ) {}

  /**
   * The value of a secret. Bare names in it are looked up in the folder that
   * imported it (v4), or in its own.
   */
  read(
    caller: Caller,
    secret: Secret,
    importer: Folder,
    options: ValueOptions,
    version: SecretVersion = secret.current,
  ): string {
    // A personal secret is the caller's own: it is never hidden.
    if (!options.viewSecretValue) {
      return secret.owner === undefined ? HIDDEN_VALUE : version.value;
    }
    const { value, skipMultilineEncoding } = version;
    if (!options.expandSecretReferences || !hasReference(value)) return value;
    const { relativeToImporter, prefersOverridesOf: owner } = options;
    const start = relativeToImporter ? importer : secret.folder;
    const lookupIn = (folder: Folder) =>
      lookup(folder, owner, relativeToImporter);
    const expander = new ReferenceExpander({
      project: start.environment.project,
      missing: this.settings.missingReferences,
      lookupIn,
      secretIn: (folder, key) => ownSecret(folder, key, owner),
      check: (found) => this.check(caller, found, secret),
      foreign: (slug, environment, path, key) =>
        this.foreign(secret, slug, environment, path, key),
    });
    return expander.expand(value, lookupIn(start), skipMultilineEncoding);
  }

  private check(caller: Caller, found: Secret, holder: Secret): void {
    if (found.owner !== undefined) return;
    const { project } = found.folder.environment;
    const target = targetOf(found);
    if (this.access.allows(caller, project, 'readValue', 'secrets', target)) {
      return;
    }
    throw unreadableReference(found, holder);
  }

  /** Needs the organization's setting and a share of the folder. */
  private foreign(
    holder: Secret,
    slug: string,
    environment: string,
    path: string,
    key: string,
  ): string | undefined {
    if (!this.settings.crossProjectReferences) return undefined;
    const from = holder.folder.environment.project.slug;
    const project = this.store.projectBySlug(slug);
    const isShared = project?.sharedFolders.some(
      (shared) =>
        shared.with === from &&
        shared.environment === environment &&
        removeTrailingSlash(shared.path) === path,
    );
    if (!isShared) return undefined;
    const folder = project?.environment(environment)?.folder(path);
    return folder?.secrets.get(key)?.current.value;
  }
}

function unreadableReference(found: Secret, holder: Secret): ApiError {
  const where = ({ folder, current }: Secret) =>
    `'${current.key}' in environment '${folder.environment.slug}' at path '${folder.path}'`;
  return forbidden(
    `You do not have permission to read secret ${where(found)}, which is referenced by secret ${where(holder)}`,
  );
}

/** Looks bare names up in a folder and, if wanted, in what it imports. */
function lookup(
  folder: Folder,
  owner: string | undefined,
  withImports: boolean,
): RelativeLookup {
  const find = (name: string): Found | undefined => {
    const own = ownSecret(folder, name, owner);
    if (own) return { secret: own, lookup: find };
    const imported = withImports ? importedSecret(folder, name) : undefined;
    return imported && { secret: imported, lookup: find };
  };
  return find;
}

function ownSecret(
  folder: Folder,
  key: string,
  owner: string | undefined,
): Secret | undefined {
  const override =
    owner === undefined ? undefined : folder.override(owner, key);
  return override ?? folder.secrets.get(key);
}

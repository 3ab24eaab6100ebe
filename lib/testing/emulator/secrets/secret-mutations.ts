import type { Caller } from '../auth/auth-gate.js';
import { notFound } from '../http/api-error.js';
import type { Actor, ChangeKind } from '../state/changes.js';
import {
  type Folder,
  type Project,
  Secret,
  type Tag,
} from '../state/models.js';
import type { Store } from '../state/store.js';
import { renameReferences } from './references.js';
import {
  contentChange,
  emptyContent,
  type SecretChange,
} from './secret-content.js';

/** Writes secrets, after everything was checked. */
export class SecretMutations {
  constructor(private readonly store: Store) {}

  /** Adds a secret that is known not to exist. */
  add(
    folder: Folder,
    key: string,
    change: SecretChange,
    owner?: string,
  ): Secret {
    const content = { ...emptyContent(), ...this.content(folder, change), key };
    const secret = new Secret(folder, content, this.store.now(), owner);
    if (owner === undefined) folder.secrets.set(key, secret);
    else folder.overrides.push(secret);
    this.touch(folder);
    return secret;
  }

  /** Changes a secret and, on a rename, whatever refers to it. */
  change(secret: Secret, change: SecretChange): void {
    const now = this.store.now();
    const { folder } = secret;
    const { newSecretName } = change;
    if (newSecretName) {
      for (const holder of secretsOf(folder.environment.project)) {
        const value = renameReferences(holder, secret, newSecretName);
        if (value !== undefined && holder !== secret) {
          holder.change({ value }, now);
        }
      }
      folder.secrets.delete(secret.current.key);
    }
    secret.change(this.content(folder, change), now);
    if (secret.owner === undefined) {
      folder.secrets.set(secret.current.key, secret);
    }
    this.touch(folder);
  }

  retag(secret: Secret, tags: readonly Tag[]): void {
    secret.change({ tags }, this.store.now());
    this.touch(secret.folder);
  }

  remove(secret: Secret): void {
    const { folder, owner } = secret;
    if (owner === undefined) folder.secrets.delete(secret.current.key);
    else folder.overrides.splice(folder.overrides.indexOf(secret), 1);
    this.touch(folder);
  }

  /** Tells webhooks and event streams of a write of shared secrets. */
  tell(
    kind: ChangeKind,
    folder: Folder,
    keys: readonly string[],
    caller: Caller | undefined,
  ): void {
    if (keys.length === 0) return;
    this.store.changes.emit(kind, folder, keys, caller && actorOf(caller));
  }

  private content(folder: Folder, change: SecretChange) {
    const content = contentChange(change);
    if (!change.tagIds) return content;
    return { ...content, tags: findTags(folder, change.tagIds) };
  }

  private touch(folder: Folder): void {
    folder.lastSecretModified = this.store.now();
    this.store.changes.touch();
  }
}

export function actorOf({ identity, user }: Caller): Actor {
  return user
    ? { name: user.email, type: 'user' }
    : { name: identity.name, type: 'identity' };
}

/** The tags of a project by id; the error names those that are there. */
export function findTags(
  { environment }: Folder,
  ids: readonly string[],
): Tag[] {
  const found = environment.project.tags.filter(({ id }) => ids.includes(id));
  if (found.length === new Set(ids).size) return found;
  const slugs = found.map(({ slug }) => slug).join(',');
  throw notFound(`Tag not found. Found ${slugs}`);
}

function* secretsOf(project: Project): Generator<Secret> {
  for (const folder of project.folders()) yield* folder.secrets.values();
}

import type { Folder, Project } from './models.js';

export type ChangeKind = 'create' | 'update' | 'delete' | 'import-mutation';

/** Who made a change, as webhooks tell it. */
export interface Actor {
  readonly name: string;
  readonly type: string;
}

/** A change of shared secrets or of imports in one folder. */
export interface Change {
  readonly kind: ChangeKind;
  readonly project: Project;
  readonly environment: string;
  readonly path: string;
  /** Names of the secrets; none for `import-mutation`. */
  readonly keys: readonly string[];
  readonly actor: Actor | undefined;
}

type Listener = (change: Change) => void;

/** Tells webhooks and event streams what was written. */
export class Changes {
  /** Grows with everything that may change an answer about secrets. */
  revision = 0;
  private readonly listeners: Listener[] = [];

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Something changed that nobody is told about. */
  touch(): void {
    this.revision++;
  }

  emit(
    kind: ChangeKind,
    folder: Folder,
    keys: readonly string[],
    actor?: Actor,
  ): void {
    this.revision++;
    const { project, slug } = folder.environment;
    const change: Change = {
      kind,
      project,
      environment: slug,
      path: folder.path,
      keys,
      actor,
    };
    for (const listener of this.listeners) listener(change);
    if (kind !== 'import-mutation') this.tellImporters(folder, actor);
  }

  /** Folders that import a changed one have changed as well. */
  private tellImporters(
    changed: Folder,
    actor: Actor | undefined,
    seen = new Set([changed]),
  ): void {
    for (const folder of changed.environment.project.folders()) {
      if (seen.has(folder)) continue;
      const imports = folder.imports.some(
        ({ environment, path }) => environment.folder(path) === changed,
      );
      if (!imports) continue;
      seen.add(folder);
      this.emit('import-mutation', folder, [], actor);
      this.tellImporters(folder, actor, seen);
    }
  }
}

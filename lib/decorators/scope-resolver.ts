import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  inheritScope,
  type PartialScope,
  type Scope,
} from '../secrets/scope.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import { NO_ENVIRONMENT } from '../secrets/secrets.service.js';
import type { StandardSchema } from '../secrets/standard-schema.js';
import type { SnapshotView } from '../secrets/wanted-secret.js';
import type { ScopedSecret } from './secret-options.js';
import { ownScope } from './secret-site.js';

/** The root scope; `environment` may be absent in an app that reads no secrets. */
export type RootScope = Omit<Scope, 'environment'> & {
  /** Name of the root; absent for the default root. */
  readonly name: string | undefined;
  readonly environment?: string;
  /** Whether the user named a folder for it. */
  readonly hasOwnPath: boolean;
  /** What all its secrets must be like. */
  readonly schema: StandardSchema<object> | undefined;
};

/** Knows the scopes of a root, and what their secrets must be like. */
export class ScopeResolver {
  constructor(readonly root: RootScope) {}

  /** Whether a module is one of this root's. */
  isOwn(mark: ScopeMark): boolean {
    return mark.root === this.root.name;
  }

  /** The mark's scope, with what is said differently; undefined when no one names an environment. */
  resolve(mark: ScopeMark, own: PartialScope): Scope | undefined {
    const environment =
      own.environment ?? mark.scope?.environment ?? this.root.environment;
    if (!environment) return undefined;
    const root = this.rootScope(environment);
    return inheritScope(inheritScope(root, mark.scope ?? {}), own);
  }

  rootScope(environment: string): Scope {
    const { projectId, projectSlug, path, recursive } = this.root;
    return { projectId, projectSlug, environment, path, recursive };
  }

  scopeOf(mark: ScopeMark, own: PartialScope = {}): Scope {
    const scope = this.resolve(mark, own);
    if (!scope) throw new InfisicalConfigError(NO_ENVIRONMENT);
    return scope;
  }

  schemaOf(mark: ScopeMark): StandardSchema<object> | undefined {
    return mark.isFeature ? mark.schema : this.root.schema;
  }

  /** The schema of a scope is not that of another one that a site names. */
  viewOf(secret: ScopedSecret, mark: ScopeMark): SnapshotView {
    const { path, environment } = ownScope(secret);
    const isElsewhere = path !== undefined || environment !== undefined;
    return { schema: isElsewhere ? undefined : this.schemaOf(mark) };
  }
}

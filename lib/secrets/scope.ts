import type { ScopeOptions } from '../client/client-options.js';
import { normalizeFolderPath } from '../http/api-path.js';
import { InfisicalHttpError, InfisicalNotFoundError } from '../http/errors.js';

/**
 * The part of a project whose secrets belong together: one folder of one
 * environment, or a folder with all below it.
 */
export interface Scope {
  readonly projectId?: string;
  readonly projectSlug?: string;
  readonly environment: string;
  readonly path: string;
  readonly recursive: boolean;
}

/** What may be said of a scope; the rest is inherited. */
export interface PartialScope extends ScopeOptions {
  /** All folders below `path` too. */
  recursive?: boolean;
}

/** The parent with what the child says differently. */
export function inheritScope(parent: Scope, child: PartialScope): Scope {
  const ownProject = child.projectId ?? child.projectSlug;
  return {
    projectId: ownProject ? child.projectId : parent.projectId,
    projectSlug: ownProject ? child.projectSlug : parent.projectSlug,
    environment: child.environment ?? parent.environment,
    path:
      child.path === undefined ? parent.path : normalizeFolderPath(child.path),
    recursive:
      child.recursive ?? (child.path === undefined && parent.recursive),
  };
}

/** Equal for equal scopes. */
export function scopeKey(scope: Scope): string {
  return JSON.stringify([
    scope.projectId ?? scope.projectSlug,
    scope.environment,
    scope.path,
    scope.recursive,
  ]);
}

/** Whether a list of `outer` holds the secrets of `inner`. */
export function covers(outer: Scope, inner: Scope): boolean {
  return (
    outer.recursive &&
    (outer.projectId ?? outer.projectSlug) ===
      (inner.projectId ?? inner.projectSlug) &&
    outer.environment === inner.environment &&
    isBelow(inner.path, outer.path)
  );
}

/** Whether `path` is `parent` or a folder below it. */
export function isBelow(path: string, parent: string): boolean {
  return parent === '/' || path === parent || path.startsWith(`${parent}/`);
}

/** The scope in words, for messages. */
export function describeScope(scope: Scope): string {
  return `project ${scope.projectId ?? scope.projectSlug ?? '(default)'}, environment ${scope.environment}, path ${scope.path}${scope.recursive ? ' and below' : ''}`;
}

/** The error, telling which scope it is about. */
export function tellScope(error: Error, scope: Scope): Error {
  return error instanceof InfisicalHttpError
    ? error.about(describeScope(scope))
    : error;
}

/** The folder or environment is not there; an unknown project is another matter (contract: secrets §2.6). */
export function isAbsentFolder(error: Error): boolean {
  return (
    error instanceof InfisicalNotFoundError &&
    (error.code === 'SecretPathNotFound' ||
      /folder with path|environment with slug/i.test(error.message))
  );
}

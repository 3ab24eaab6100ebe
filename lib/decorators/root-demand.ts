import { DEFAULT_ROOT } from '../common/root-name.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';
import {
  dependenciesOf,
  featureOf,
  giverOf,
  markOf,
  type NestModule,
  wrappersOf,
} from './module-graph.js';
import { handlerMethodsOf } from './on-secret-change.decorator.js';
import type { ScopeResolver } from './scope-resolver.js';

/**
 * The scope that a method of a module is told of.
 *
 * @param root as the method names it; undefined for the nearest scope
 */
export function handlerMark(
  module: NestModule,
  root: string | undefined,
  modules: readonly NestModule[],
): ScopeMark | undefined {
  if (root === undefined) {
    const giver = featureOf(module) ?? giverOf(module, SecretsService);
    return giver && markOf(giver);
  }
  return modules
    .map(markOf)
    .find(
      (mark) => mark && !mark.isFeature && (mark.root ?? DEFAULT_ROOT) === root,
    );
}

/**
 * Whether anything may want the root's own secrets. A root that only hands its
 * connection to features is not listed: that would be a request for nothing.
 */
export function wantsRoot(
  scopes: ScopeResolver,
  modules: readonly NestModule[],
  features: number,
): boolean {
  const { schema, environment, hasOwnPath, name: root } = scopes.root;
  if (schema || (environment && (features === 0 || hasOwnPath))) return true;
  return modules.some((module) => {
    const mark = markOf(module);
    // They have services of their own.
    if (mark && (mark.isFeature || scopes.isOwn(mark))) return false;
    if (tellsOfRoot(module, scopes, modules)) return true;
    return wrappersOf(module)
      .flatMap(dependenciesOf)
      .some(
        ({ token }) =>
          token === getSecretsToken({ root }) ||
          (token === SecretsService &&
            root === undefined &&
            getsRootService(module)),
      );
  });
}

/** Whether a class of the module has a method that is told of the root's own scope. */
function tellsOfRoot(
  module: NestModule,
  scopes: ScopeResolver,
  modules: readonly NestModule[],
): boolean {
  return wrappersOf(module)
    .flatMap(({ metatype }) => {
      const { prototype } = (metatype ?? {}) as { prototype?: unknown };
      return handlerMethodsOf(prototype);
    })
    .flatMap(({ marks }) => marks)
    .some(({ root }) => {
      const mark = handlerMark(module, root, modules);
      return mark !== undefined && !mark.isFeature && scopes.isOwn(mark);
    });
}

function getsRootService(module: NestModule): boolean {
  const giver = giverOf(module, SecretsService);
  return giver !== undefined && !markOf(giver)?.isFeature;
}

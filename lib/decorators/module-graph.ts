import type { ModulesContainer } from '@nestjs/core';
import { INFISICAL_SCOPE_MARK } from '../secrets/scope-options.js';

/** A module of Nest's container. */
export type NestModule =
  ModulesContainer extends Map<string, infer M> ? M : never;

/** A provider, controller or enhancer of a module. */
export type Wrapper =
  NestModule['providers'] extends Map<unknown, infer W> ? W : never;

// Where Nest keeps what a class wants injected. Stable since Nest 4, and not
// exported from its root.
const PARAM_TYPES = 'design:paramtypes';
const DECLARED_PARAMS = 'self:paramtypes';
const PROPERTIES = 'self:properties_metadata';

/** Everything of a module that Nest builds. */
export function wrappersOf(module: NestModule): Wrapper[] {
  return [
    ...module.providers.values(),
    ...module.controllers.values(),
    ...module.injectables.values(),
  ] as Wrapper[];
}

/**
 * The module that gives `module` its scope: found as Nest finds a provider,
 * imports in their order, and through what they re-export. Global modules come
 * last by themselves.
 */
export function scopeModuleOf(module: NestModule): NestModule | undefined {
  return module.providers.has(INFISICAL_SCOPE_MARK)
    ? module
    : findInImports(module, new Set(), false);
}

function findInImports(
  module: NestModule,
  visited: Set<NestModule>,
  traversing: boolean,
): NestModule | undefined {
  for (const child of module.imports) {
    if (traversing && !module.exports.has(child.metatype)) continue;
    if (visited.has(child)) continue;
    visited.add(child);
    if (
      child.exports.has(INFISICAL_SCOPE_MARK) &&
      child.providers.has(INFISICAL_SCOPE_MARK)
    ) {
      return child;
    }
    const deeper = findInImports(child, visited, true);
    if (deeper) return deeper;
  }
  return undefined;
}

/** The tokens that a class or a factory wants injected. */
export function dependenciesOf(wrapper: Wrapper): unknown[] {
  if (wrapper.inject) {
    return wrapper.inject.map((dependency: unknown) =>
      typeof dependency === 'object' &&
      dependency !== null &&
      'token' in dependency
        ? dependency.token
        : dependency,
    );
  }
  const type: unknown = wrapper.metatype;
  if (typeof type !== 'function') return [];
  const read = (key: string): unknown[] =>
    (Reflect.getMetadata(key, type) as unknown[] | undefined) ?? [];
  return [
    ...read(PARAM_TYPES),
    ...read(DECLARED_PARAMS).map((item) => (item as { param: unknown }).param),
    ...read(PROPERTIES).map((item) => (item as { type: unknown }).type),
  ];
}

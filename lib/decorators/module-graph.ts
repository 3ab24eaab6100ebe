import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import {
  INFISICAL_SCOPE_MARK,
  type ScopeMark,
} from '../secrets/scope-options.js';

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
const OPTIONAL_PARAMS = 'optional:paramtypes';
const OPTIONAL_PROPERTIES = 'optional:properties_metadata';

/** Everything of a module that Nest builds. */
export function wrappersOf(module: NestModule): Wrapper[] {
  return [
    ...module.providers.values(),
    ...module.controllers.values(),
    ...module.injectables.values(),
  ] as Wrapper[];
}

/** The mark of a module that gives a scope. */
export function markOf(module: NestModule): ScopeMark | undefined {
  return module.providers.get(INFISICAL_SCOPE_MARK)?.instance as
    ScopeMark | undefined;
}

/** The module that has the providers of a root, wherever it is imported and whether it is global or not. */
export function rootModuleOf(
  modules: ModulesContainer,
  name: string | undefined,
): NestModule | undefined {
  return [...modules.values()].find((module) => {
    const mark = markOf(module);
    return mark && !mark.isFeature && mark.root === name;
  });
}

/**
 * The scope-giving module that Nest takes `token` from for a class of
 * `module`: imports in their order, and through what they re-export.
 */
export function giverOf(
  module: NestModule,
  token: InjectionToken,
): NestModule | undefined {
  return find(module, token, () => true, new Set(), false);
}

/** The feature nearest to `module`, wherever it stands among the imports: its own, else a re-exported one. */
export function featureOf(module: NestModule): NestModule | undefined {
  return (
    [...module.imports].find(isFeature) ??
    find(module, INFISICAL_SCOPE_MARK, isFeature, new Set(), false)
  );
}

function isFeature(module: NestModule): boolean {
  return markOf(module)?.isFeature === true;
}

/** Names of the modules that import a root. */
export function importersOf(
  root: NestModule,
  modules: ModulesContainer,
): string[] {
  const all = [...modules.values()];
  // What forRoot returns stands between a root and its importers. Its own root
  // is its first import; global ones follow.
  const between = all.filter(
    (module) =>
      module.exports.has(root.metatype) && firstRootOf(module) === root,
  );
  return all
    .filter((module) => between.some((one) => module.imports.has(one)))
    .map(({ name }) => name);
}

function firstRootOf(module: NestModule): NestModule | undefined {
  return [...module.imports].find((child) => {
    const mark = markOf(child);
    return mark && !mark.isFeature;
  });
}

function find(
  module: NestModule,
  token: InjectionToken,
  accepts: (candidate: NestModule) => boolean,
  visited: Set<NestModule>,
  traversing: boolean,
): NestModule | undefined {
  for (const child of module.imports) {
    if (traversing && !module.exports.has(child.metatype)) continue;
    if (visited.has(child)) continue;
    visited.add(child);
    if (
      child.exports.has(token) &&
      child.providers.has(token) &&
      accepts(child)
    ) {
      return child;
    }
    const deeper = find(child, token, accepts, visited, true);
    if (deeper) return deeper;
  }
  return undefined;
}

/** What a class or a factory wants injected. */
export interface Dependency {
  readonly token: unknown;
  /** Where it is injected. */
  readonly place: string;
  readonly isOptional: boolean;
}

/** What a class or a factory wants injected. */
export function dependenciesOf(wrapper: Wrapper): readonly Dependency[] {
  if (wrapper.inject) {
    return (wrapper.inject as unknown[]).map((dependency, index) => {
      const place = `inject[${index}]`;
      return isTokenObject(dependency)
        ? {
            token: dependency.token,
            place,
            isOptional: dependency.optional === true,
          }
        : { token: dependency, place, isOptional: false };
    });
  }
  const type: unknown = wrapper.metatype;
  if (typeof type !== 'function') return [];
  let known = ofClasses.get(type);
  if (!known) {
    known = dependenciesOfClass(type);
    ofClasses.set(type, known);
  }
  return known;
}

/** By class, as every module of an app is asked several times when it starts. */
const ofClasses = new WeakMap<object, readonly Dependency[]>();

function dependenciesOfClass(type: object): Dependency[] {
  const read = (key: string): unknown[] =>
    (Reflect.getMetadata(key, type) as unknown[] | undefined) ?? [];
  const params = [...read(PARAM_TYPES)];
  // What @Inject names takes the place of the parameter's type.
  for (const { index, param } of declaredParams(type)) {
    params[index] = param;
  }
  const optionalParams = read(OPTIONAL_PARAMS);
  const optionalProperties = read(OPTIONAL_PROPERTIES);
  return [
    ...params.map((token, index) => ({
      token,
      place: `constructor[${index}]`,
      isOptional: optionalParams.includes(index),
    })),
    ...(read(PROPERTIES) as { key: unknown; type: unknown }[]).map(
      ({ key, type: token }) => ({
        token,
        place: String(key),
        isOptional: optionalProperties.includes(key),
      }),
    ),
  ];
}

function isTokenObject(
  dependency: unknown,
): dependency is { token: unknown; optional?: unknown } {
  return (
    typeof dependency === 'object' &&
    dependency !== null &&
    'token' in dependency
  );
}

/** Whether a class or a factory wants the token injected. */
export function dependsOn(wrapper: Wrapper, token: unknown): boolean {
  return dependenciesOf(wrapper).some((one) => one.token === token);
}

/** What `@Inject` says of the parameters of a class's constructor. */
export function declaredParams(type: unknown): readonly DeclaredParam[] {
  if (typeof type !== 'function') return [];
  const declared = Reflect.getMetadata(DECLARED_PARAMS, type) as
    DeclaredParam[] | undefined;
  const types = Reflect.getMetadata(PARAM_TYPES, type) as unknown[] | undefined;
  // Nest adds what a subclass declares to what its parent does: the last one
  // counts, and none that its own constructor does not have.
  const last = new Map((declared ?? []).map((param) => [param.index, param]));
  return [...last.values()].filter(
    ({ index }) => types === undefined || index < types.length,
  );
}

interface DeclaredParam {
  readonly index: number;
  readonly param: unknown;
}

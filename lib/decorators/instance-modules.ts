import type { ModulesContainer } from '@nestjs/core';
import { type NestModule, wrappersOf } from './module-graph.js';

/** Finds out in which modules the class of an instance is. */
export class InstanceModules {
  /** By the prototype of the class. */
  readonly #modulesOf = new WeakMap<object, Set<NestModule>>();

  constructor(private readonly modules: ModulesContainer) {}

  /** The modules whose providers, controllers or enhancers an instance is one of; all of them when that is not known. */
  modulesWith(instance: unknown): NestModule[] {
    const modules = [...this.modules.values()];
    if (typeof instance !== 'object' || instance === null) return modules;
    const prototype: unknown = Object.getPrototypeOf(instance);
    let known = this.#modulesOf.get(prototype as object);
    if (!known) {
      for (const module of modules) this.indexModule(module);
      known = this.#modulesOf.get(prototype as object);
    }
    if (!known) return modules;
    if (known.size === 1) return [...known];
    const own = [...known].filter((module) =>
      wrappersOf(module).some((wrapper) => wrapper.instance === instance),
    );
    return own.length > 0 ? own : [...known];
  }

  private indexModule(module: NestModule): void {
    for (const { metatype } of wrappersOf(module)) {
      const { prototype } = (metatype ?? {}) as { prototype?: object };
      if (typeof prototype !== 'object' || prototype === null) continue;
      const known = this.#modulesOf.get(prototype) ?? new Set<NestModule>();
      this.#modulesOf.set(prototype, known.add(module));
    }
  }
}

import type { ModulesContainer } from '@nestjs/core';
import type { Clock } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { scopeKey } from '../secrets/scope.js';
import type { Generation, ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { HandlerQueue } from './handler-queue.js';
import { type NestModule, type Wrapper, wrappersOf } from './module-graph.js';
import {
  type HandlerMark,
  type HandlerMethod,
  handlerMethodsOf,
} from './on-secret-change.decorator.js';
import type { SiteBinder } from './site-binder.js';

/** By instance and method, because the roots of an app must not call one at the same time. */
const queues = new WeakMap<object, Map<string, HandlerQueue>>();

/** A decorated method in a module. */
interface Handler extends HandlerMethod {
  readonly module: NestModule;
  readonly instance: object;
}

/** Tells the methods with `@OnSecretChange` of changes in the scopes of one root. */
export class ChangeHandlers {
  readonly #queues = new Set<HandlerQueue>();
  /** What changed while the app started. */
  #early: Generation[] = [];
  #isOpen = false;
  #isClosed = false;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly store: ScopeStore,
    private readonly binder: SiteBinder,
    private readonly clock: Clock,
  ) {
    store.generations$.subscribe((generation) => this.offer(generation));
  }

  /**
   * Begins to call methods, first with what changed while the app started.
   *
   * @returns classes whose methods cannot be called, because they are not singletons
   * @throws InfisicalConfigError when a method has no scope
   */
  open(): string[] {
    for (const { module, marks, instance, method } of this.handlers()) {
      for (const mark of marks)
        this.assertScope(module, mark, instance, method);
    }
    this.#isOpen = true;
    for (const generation of this.#early) this.offer(generation);
    this.#early = [];
    const skipped = [...this.modules.values()]
      .flatMap(wrappersOf)
      .filter((wrapper) => !isSingleton(wrapper))
      .filter(({ metatype }) => {
        const { prototype } = (metatype ?? {}) as { prototype?: unknown };
        return handlerMethodsOf(prototype).length > 0;
      })
      .map(({ name }) => String(name));
    return [...new Set(skipped)];
  }

  /** Calls nothing any more. */
  close(): void {
    this.#isClosed = true;
    for (const queue of this.#queues) queue.close();
  }

  /**
   * Waits for the calls that are under way.
   *
   * @param grace milliseconds
   * @returns how many of them did not end in that time
   */
  async drain(grace: number): Promise<number> {
    const running = (): Promise<void>[] =>
      [...this.#queues]
        .map((queue) => queue.running)
        .filter((run) => run !== undefined);
    if (running().length === 0) return 0;
    let timer: ReturnType<Clock['setTimeout']> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.clock.setTimeout(resolve, grace);
    });
    await Promise.race([Promise.all(running()), late]);
    if (timer !== undefined) this.clock.clearTimeout(timer);
    return running().length;
  }

  private offer(generation: Generation): void {
    if (this.#isClosed) return;
    if (!this.#isOpen) {
      this.#early.push(generation);
      return;
    }
    const { state, changes } = generation;
    const key = scopeKey(state.scope);
    for (const handler of this.handlers()) {
      const marks = handler.marks.filter((mark) => {
        const scope = this.binder.handlerScope(handler.module, mark.root);
        return scope !== undefined && scopeKey(scope) === key;
      });
      const wanted = changes.filter(({ name }) =>
        marks.some((mark) => mark.matches(name)),
      );
      if (wanted.length === 0) continue;
      const queue = this.queueOf(handler, state);
      queue.add(wanted, state);
      queue.start();
    }
  }

  private queueOf(
    { instance, method }: Handler,
    state: ScopeState,
  ): HandlerQueue {
    const own = queues.get(instance) ?? new Map<string, HandlerQueue>();
    queues.set(instance, own);
    let queue = own.get(method);
    if (!queue) {
      const methods = instance as Record<string, (of: unknown) => unknown>;
      const handler = `${instance.constructor.name}.${method}`;
      queue = new HandlerQueue(
        (changes) => methods[method]?.(changes),
        (error) =>
          this.store.report(state, { kind: 'handler-failed', handler, error }),
      );
      own.set(method, queue);
    }
    this.#queues.add(queue);
    return queue;
  }

  /** Looked for each time, because modules may be loaded lazily. */
  private handlers(): Handler[] {
    const seen = new Set<object>();
    return [...this.modules.values()].flatMap((module) =>
      wrappersOf(module).flatMap((wrapper) => {
        const instance: unknown = wrapper.instance;
        if (
          !isSingleton(wrapper) ||
          wrapper.isAlias ||
          typeof instance !== 'object' ||
          instance === null ||
          seen.has(instance)
        ) {
          return [];
        }
        seen.add(instance);
        return handlerMethodsOf(Object.getPrototypeOf(instance)).map(
          (method) => ({ ...method, module, instance }),
        );
      }),
    );
  }

  private assertScope(
    module: NestModule,
    { root }: HandlerMark,
    instance: object,
    method: string,
  ): void {
    if (this.binder.hasHandlerScope(module, root)) return;
    throw new InfisicalConfigError(
      `@OnSecretChange of ${instance.constructor.name}.${method} has no scope: ${
        root === undefined
          ? `import InfisicalModule.forRoot or forFeature in ${module.name}, or name a root: { root: "billing" }.`
          : `there is no root of the name "${root}".`
      }`,
    );
  }
}

function isSingleton(wrapper: Wrapper): boolean {
  return !wrapper.isTransient && wrapper.isDependencyTreeStatic();
}

import { MetadataScanner } from '@nestjs/core';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { rootName } from '../common/root-name.js';

const HANDLER_METADATA = 'infisical:on-secret-change';

/**
 * Options of `@OnSecretChange`.
 *
 * @example
 * ```ts
 * const options: OnSecretChangeOptions = { root: 'billing' };
 * export class Billing { @OnSecretChange('API_KEY', options) reconnect(): void {} }
 * ```
 *
 * @publicApi
 */
export interface OnSecretChangeOptions {
  /**
   * Name of the root whose own scope is meant, as in `forRoot({ name })`.
   * `'default'` is the root without a name. Absent: the scope of the method's
   * module.
   */
  root?: string;
}

/** What a method wants to be told. */
export interface HandlerMark {
  readonly root: string | undefined;
  /** Whether the method is for a secret of this name. */
  matches(name: string): boolean;
}

/** A method that wants to be told. */
export interface HandlerMethod {
  readonly method: string;
  readonly marks: readonly HandlerMark[];
}

/**
 * Calls the method of a singleton provider or controller with a
 * `SecretChange[]` after a refresh has found changes, when all readers see the
 * new values. The secrets are those of the scope of the method's module: its
 * nearest `forFeature`, else the root.
 *
 * All matching changes of one refresh come in one call. A method is never
 * called while its previous call is under way: what changes meanwhile comes in
 * one more call, one change for each name. Nothing is called before all modules
 * are initialised, nor after the shutdown began, which waits for those that are
 * under way. A failure is logged by its name only, and told by
 * `SecretsService#events$`.
 *
 * @param names a name, or several; `*` stands for any text
 * @throws InfisicalConfigError when there is no name
 *
 * @example
 * ```ts
 * export class Mail { @OnSecretChange('SMTP_*') reconnect(changes: SecretChange[]): void {} }
 * export class Caches { @OnSecretChange(['LIMIT', 'TTL_*']) async clear(): Promise<void> {} }
 * ```
 *
 * @publicApi
 */
export function OnSecretChange(
  names: string | readonly string[],
  options: OnSecretChangeOptions = {},
): MethodDecorator {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (
    list.length === 0 ||
    list.some((name) => typeof name !== 'string' || !name.trim())
  ) {
    throw new InfisicalConfigError(
      '@OnSecretChange needs the names of secrets, as in @OnSecretChange("SMTP_*"), or "*" for all.',
    );
  }
  const what = `@OnSecretChange(${list.join(', ')})`;
  assertKnownOptions(options, ['root'], what);
  rootName(options.root, `${what}: root`);
  const patterns = (list as readonly string[]).map(toPattern);
  const mark: HandlerMark = {
    root: options.root,
    matches: (name) => patterns.some((pattern) => pattern.test(name)),
  };
  return (target, property, descriptor) => {
    const method: unknown = descriptor?.value;
    if (
      typeof target === 'function' ||
      typeof property !== 'string' ||
      typeof method !== 'function'
    ) {
      throw new InfisicalConfigError(
        `${what} is for methods of instances with a name.`,
      );
    }
    isUsed = true;
    const marks = [...marksOf(method), mark];
    Reflect.defineMetadata(HANDLER_METADATA, marks, method);
  };
}

/** Whether there is any: apps without are spared the search. */
let isUsed = false;

/** By prototype, because every start and every change asks for all classes of an app. */
const handlerMethods = new WeakMap<object, readonly HandlerMethod[]>();

/** The decorated methods of a class or an instance, by its prototype. */
export function handlerMethodsOf(prototype: unknown): readonly HandlerMethod[] {
  if (!isUsed || typeof prototype !== 'object' || prototype === null) return [];
  let found = handlerMethods.get(prototype);
  if (!found) {
    const methods = prototype as Record<string, unknown>;
    found = new MetadataScanner()
      .getAllMethodNames(prototype)
      .map((method) => ({ method, marks: marksOf(methods[method]) }))
      .filter(({ marks }) => marks.length > 0);
    handlerMethods.set(prototype, found);
  }
  return found;
}

function marksOf(method: unknown): readonly HandlerMark[] {
  if (typeof method !== 'function') return [];
  const marks = Reflect.getOwnMetadata(HANDLER_METADATA, method) as
    readonly HandlerMark[] | undefined;
  return marks ?? [];
}

function toPattern(name: string): RegExp {
  const parts = name
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

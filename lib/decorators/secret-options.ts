import type { SecretFormat } from '../secrets/secret-format.js';

/**
 * Options of `@Secret`.
 *
 * @example
 * ```ts
 * const retries = { parse: Number, default: 3 } satisfies SecretOptions;
 * export class Payments { @Secret('RETRIES', retries) private readonly retries!: number; }
 * ```
 *
 * @publicApi
 */
export interface SecretOptions<
  Default = unknown,
> extends SecretFormat<Default> {
  /** Folder path, when it is not that of the module's scope. */
  path?: string;
  /** Environment slug, when it is not that of the module's scope. */
  environment?: string;
  /**
   * Name of the root to take it from, as in `forRoot({ name })`, wherever the
   * class is: the root's own scope then, unless `path` or `environment` say
   * otherwise. `'default'` is the root without a name.
   */
  root?: string;
  /**
   * Whether the property gets a new value when a refresh finds one; that is so
   * for singletons, in one step for all of them. Request-scoped and transient
   * instances get the current value when they are created. A new value that is
   * missing, hidden or invalid does not replace the old one: see
   * `SecretsService#events$`. Default false: it keeps the value with which the
   * app started.
   */
  live?: boolean;
}

/** A secret, and what is said of its scope. */
export interface ScopedSecret {
  readonly name: string;
  readonly options: Pick<SecretOptions, 'path' | 'environment'>;
}

/** One property that wants a secret. */
export interface SecretSite {
  readonly name: string;
  readonly className: string;
  readonly property: string | symbol;
  readonly options: SecretOptions;
}

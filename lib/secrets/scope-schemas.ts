import type { StandardSchema } from './standard-schema.js';

/**
 * What all secrets of a scope must be like.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const Env = z.object({ DATABASE_URL: z.url(), PORT: z.coerce.number() });
 * const options: ScopeSchemaOptions = { schema: Env };
 * const root = InfisicalModule.forRoot({ environment: 'prod', ...options });
 *
 * export class Server {
 *   constructor(private readonly secrets: SecretsService<z.infer<typeof Env>>) {}
 *
 *   port(): number {
 *     return this.secrets.get('PORT');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export interface ScopeSchemaOptions<Secrets extends object = object> {
  /**
   * Checks all secrets of the scope as one object, `{ NAME: text }`, when the
   * app starts and at every refresh: a Standard Schema (Zod, Valibot, ArkType),
   * which must answer synchronously. The `SecretsService<Secrets>` of the
   * scope then has what the schema makes of it. A start with secrets that it
   * refuses fails, with all of them in one `MissingSecretsError`; a refresh is
   * rejected as a whole, the old secrets stay in use, and
   * `SecretsService#events$` tells. Default: any text goes.
   */
  schema?: StandardSchema<Secrets>;
}

/** The schemas that a scope's snapshots must satisfy. They are not kept alive by it. */
export class ScopeSchemas {
  readonly #schemas = new Set<WeakRef<StandardSchema<object>>>();

  add(schema: StandardSchema<object>): void {
    if (!this.all().includes(schema)) this.#schemas.add(new WeakRef(schema));
  }

  all(): StandardSchema<object>[] {
    const found: StandardSchema<object>[] = [];
    for (const reference of this.#schemas) {
      const schema = reference.deref();
      if (schema) found.push(schema);
      else this.#schemas.delete(reference);
    }
    return found;
  }
}

import { InfisicalConfigError } from '../common/infisical.error.js';

/**
 * A schema of any library that speaks Standard Schema, version 1: Zod,
 * Valibot, ArkType and others. Only the part that is used here.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const schema: StandardSchema<string[]> = z.array(z.email());
 * const admins = secrets.ref('ADMINS', { parse: JSON, schema });
 * ```
 *
 * @publicApi
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
  };
}

/**
 * Type of what a schema makes.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const schema = z.object({ PORT: z.coerce.number() });
 * const env: SchemaOutput<typeof schema> = { PORT: 5432 };
 * ```
 *
 * @publicApi
 */
export type SchemaOutput<Schema> =
  Schema extends StandardSchema<infer Output> ? Output : never;

/**
 * What a schema answers: the value, or what is wrong with it.
 *
 * @example
 * ```ts
 * function parsePort(value: unknown): StandardResult<number> {
 *   const port = Number(value);
 *   if (port > 0 && port < 65_536) return { value: port };
 *   return { issues: [{ message: 'must be a port' }] };
 * }
 * ```
 *
 * @publicApi
 */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/**
 * One thing that is wrong. Its message may repeat the value, so it is never shown.
 *
 * @example
 * ```ts
 * const issue: StandardIssue = { message: 'must be a port', path: ['PORT'] };
 * ```
 *
 * @publicApi
 */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

/** @throws InfisicalConfigError when something is given that is no Standard Schema */
export function checkSchema(schema: unknown, what: string): void {
  if (schema === undefined) return;
  const { '~standard': standard } = (schema ?? {}) as Partial<StandardSchema>;
  if (typeof standard?.validate === 'function') return;
  throw new InfisicalConfigError(
    `${what}: schema must be a Standard Schema, such as one of Zod, Valibot or ArkType.`,
  );
}

/** What a schema says of a value now; `thrown` is the name of what it threw. */
export type SchemaAnswer<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[]; readonly thrown?: string };

/**
 * Asks a schema for an answer at once.
 *
 * @param what of whose schema, for the error
 * @throws InfisicalConfigError when the schema is asynchronous
 */
export function validateNow<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
  what: string,
): SchemaAnswer<Output> {
  let result: StandardResult<Output> | Promise<StandardResult<Output>>;
  try {
    result = schema['~standard'].validate(value);
  } catch (error) {
    return { issues: [], thrown: nameOf(error) };
  }
  refusePromise(result, `${what}: schema`);
  return result as StandardResult<Output>;
}

/**
 * Values are read synchronously, so nothing may be waited for.
 *
 * @throws InfisicalConfigError when the value is a promise
 */
export function refusePromise(value: unknown, what: string): void {
  const { then } = (value ?? {}) as { then?: unknown };
  if (typeof then !== 'function') return;
  // Nobody waits for it.
  (value as Promise<unknown>).then(undefined, () => undefined);
  throw new InfisicalConfigError(
    `${what} must be synchronous, because values are read without waiting: leave out asynchronous steps, and do them in onModuleInit.`,
  );
}

/** The name of what was thrown, without its message, which may repeat a value. */
export function nameOf(error: unknown): string {
  return (error as Error | undefined)?.name ?? 'an error';
}

/** Most issues that are told of one value. */
const MAX_ISSUES = 5;

/** What is told of a path or a code: short names, no free text. */
const PLAIN = /^[\w-]{1,64}$/;

/** Where and, by their codes, what the issues are; without messages, which may repeat the value. */
export function describeIssues(issues: readonly StandardIssue[]): string {
  const told = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = (issue.path ?? []).map((part) =>
      plain(typeof part === 'object' ? part.key : part),
    );
    const { code } = issue as { code?: unknown };
    const at = path.length > 0 ? path.join('.') : 'the value itself';
    return typeof code === 'string' ? `${at} (${plain(code)})` : at;
  });
  if (issues.length > MAX_ISSUES) {
    told.push(`${issues.length - MAX_ISSUES} more`);
  }
  return told.join(', ');
}

function plain(part: PropertyKey): string {
  const text = String(part);
  return PLAIN.test(text) ? text : '?';
}

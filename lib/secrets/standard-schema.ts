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

import type { ZodType } from 'zod';

/**
 * Environment variables by a schema. An empty variable counts as absent, as
 * `DATABASE_HOST=` does in a shell script.
 *
 * @throws Error one line that names every wrong variable
 */
export function parseEnvironment<T>(schema: ZodType<T>): T {
  const given = Object.fromEntries(
    Object.entries(process.env).filter(([, value]) => value?.trim()),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  // Only names and rules: a wrong value may be a password in the wrong place.
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
  throw new Error(`Wrong environment variable. ${problems.join('; ')}`);
}

/** A TCP port in an environment variable. */
export const PORT_RULE = 'must be a number from 0 to 65535';

import { registerAs } from '@nestjs/config';
import { z } from 'zod';
import { parseEnvironment, PORT_RULE } from '../common/parse-environment.js';

const schema = z.object({
  DATABASE_HOST: z.string().optional(),
  DATABASE_PORT: z.coerce
    .number(PORT_RULE)
    .int(PORT_RULE)
    .min(1, PORT_RULE)
    .max(65_535, PORT_RULE)
    .default(5432),
  DATABASE_NAME: z.string().default('postgres'),
});

/**
 * Where the database is. User name and password are not here: they come from
 * a lease, and change while the app runs.
 */
export const databaseConfig = registerAs('database', () => {
  const env = parseEnvironment(schema);
  return {
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    database: env.DATABASE_NAME,
  };
});

import { z } from 'zod';
import { parseEnvironment, PORT_RULE } from './common/parse-environment.js';

const schema = z.object({
  PORT: z.coerce
    .number(PORT_RULE)
    .int(PORT_RULE)
    .min(0, PORT_RULE)
    .max(65_535, PORT_RULE)
    .default(3000),
  LOG_LEVEL: z
    .enum(['verbose', 'debug', 'log', 'warn', 'error', 'fatal'])
    .default('warn'),
});

/** Where to listen and how much to log. Needed before there is an app, so not in ConfigModule. */
export function serverConfig() {
  const { PORT: port, LOG_LEVEL: logLevel } = parseEnvironment(schema);
  return { port, logLevel };
}

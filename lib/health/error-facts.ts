import { InfisicalError } from '../common/infisical.error.js';
import type { InfisicalErrorFacts } from './health.types.js';

/** What may be said in public of an error. Those of others may carry anything, in any field. */
export function errorFacts(
  error: Error | undefined,
): InfisicalErrorFacts | undefined {
  if (!error) return undefined;
  if (!(error instanceof InfisicalError)) return { name: 'Error' };
  const { name, code, status, reqId, operation } =
    error as InfisicalErrorFacts & InfisicalError;
  return { name, code, status, reqId, operation };
}

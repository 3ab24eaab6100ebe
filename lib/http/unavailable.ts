import { InfisicalConfigError } from '../common/infisical.error.js';
import { InfisicalHttpError } from './errors.js';

/** Codes of answers that are not Infisical's own. */
const FOREIGN = new Set(['UnexpectedAnswer', 'UnreadableAnswer']);

/** Whether a failure means that the server could not be asked, rather than that it (or we) refused. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof InfisicalConfigError) return false;
  if (!(error instanceof InfisicalHttpError)) return true;
  if (error.retryable || error.status >= 500) return true;
  // The page of a proxy with no server behind it. A proxy may also put its
  // pages in the place of the server's refusals, and those count.
  return FOREIGN.has(error.code) && ![401, 403].includes(error.status);
}

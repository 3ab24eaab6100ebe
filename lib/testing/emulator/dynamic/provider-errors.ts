import { badRequest } from '../http/api-error.js';

/** What is done at a provider, with the start of the text of its failure. */
export const FAILURES = {
  connect: 'Failed to connect with provider',
  create: 'Failed to create lease from provider',
  renew: 'Failed to renew lease from provider',
  revoke: 'Failed to revoke lease from provider',
} as const;

export type ProviderOperation = keyof typeof FAILURES;

/** Does something at a provider; its error becomes a 400 without secrets. */
export async function attempt<T>(
  operation: ProviderOperation,
  secrets: readonly (string | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    if (name === 'InfisicalConfigError' || name === 'ApiError') throw error;
    let text = message || code || name;
    for (const secret of secrets) {
      if (secret) text = text.replaceAll(secret, '[REDACTED]');
    }
    throw badRequest(`${FAILURES[operation]}: ${text}`);
  }
}

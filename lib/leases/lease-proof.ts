import type { LeaseData } from '../client/lease-data.js';
import { type Clock, delay } from '../common/clock.js';
import { InfisicalError } from '../common/infisical.error.js';
import { REDACTED } from '../common/redaction.js';
import type { LeaseCredentials } from './lease-credentials.js';

/**
 * Logs in with new credentials before anybody sees them. It rejects when they
 * do not work (yet).
 *
 * @example
 * ```ts
 * import { connect } from './database.js';
 *
 * const prove: LeaseProof<DatabaseCredentials> = async ({ data }) => {
 *   await connect(data.DB_USERNAME, data.DB_PASSWORD);
 * };
 * const lease = await leases.acquire('orders-db', { prove });
 * ```
 *
 * @publicApi
 */
export type LeaseProof<T extends object = LeaseData> = (
  credentials: LeaseCredentials<T>,
) => unknown;

/** Shortest text whose loss makes a message no less clear. */
const SHORTEST = 4;

/**
 * Runs proofs side by side.
 *
 * @param timeout milliseconds for all of them
 * @throws InfisicalError without the credentials, which drivers like to tell
 */
export async function prove(
  name: string,
  proofs: Iterable<LeaseProof>,
  credentials: LeaseCredentials,
  clock: Clock,
  timeout: number,
): Promise<void> {
  const running = [...proofs].map(async (proof) => {
    await proof(credentials);
  });
  if (running.length === 0) return;
  const over = new AbortController();
  const late = delay(clock, timeout, over.signal).then(() => {
    throw new Error(`no answer within ${timeout} ms (overlap.connect)`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([Promise.all(running), late]);
  } catch (error) {
    throw new InfisicalError(
      `New credentials of the dynamic secret "${name}" did not prove to work: ${withoutData(error, credentials.data)}. They are tried again, then revoked and replaced; the old ones stay in use.`,
    );
  } finally {
    over.abort();
  }
}

function withoutData(error: unknown, data: object): string {
  const { name = 'Error', message = '' } = error as Partial<Error>;
  const { code } = error as { code?: unknown };
  const text = Object.values(data)
    .filter((value) => typeof value === 'string' && value.length >= SHORTEST)
    .reduce<string>(
      (told, value: string) => told.replaceAll(value, REDACTED),
      `${name}: ${message}`,
    );
  return typeof code === 'string' ? `${text} (${code})` : text;
}

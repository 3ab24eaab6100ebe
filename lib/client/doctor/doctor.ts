import { InfisicalConfigError } from '../../common/infisical.error.js';
import type { InfisicalClientOptions } from '../client-options.js';
import { InfisicalClient } from '../infisical-client.js';
import {
  CHECK_NAMES,
  type DoctorCheck,
  type DoctorOptions,
  type DoctorReport,
  reportOf,
} from './doctor-report.js';

/**
 * Looks for what keeps a client from its secrets: options, address, TLS,
 * clock, login, token, API generations, and each scope. Options that make no
 * client are a failed check, too.
 *
 * @param given a client, which stays open, or the options of one
 * @throws InfisicalConfigError when an option of the doctor itself is wrong
 *
 * @example
 * ```ts
 * const { ok, checks } = await doctor(
 *   { siteUrl: process.env['SITE_URL'], projectId, environment: 'prod' },
 *   { scopes: [{ path: '/payments' }] },
 * );
 * for (const { name, status, hint } of checks) {
 *   if (status === 'failed') logger.error(`${name}: ${hint}`);
 * }
 * process.exitCode = ok ? 0 : 1;
 * ```
 *
 * @publicApi
 */
export async function doctor(
  given: InfisicalClient | InfisicalClientOptions = {},
  options: DoctorOptions = {},
): Promise<DoctorReport> {
  if (given instanceof InfisicalClient) return given.doctor(options);
  let client: InfisicalClient;
  try {
    client = new InfisicalClient(given);
  } catch (error) {
    if (!(error instanceof InfisicalConfigError)) throw error;
    return withoutClient(error);
  }
  try {
    return await client.doctor(options);
  } finally {
    await client.close();
  }
}

function withoutClient({ message }: InfisicalConfigError): DoctorReport {
  const detail = 'needs options, which failed';
  const skipped = CHECK_NAMES.map((name): DoctorCheck => ({
    name,
    status: 'skipped',
    detail,
    ms: 0,
  }));
  return reportOf([
    { name: 'options', status: 'failed', detail: message, ms: 0 },
    ...skipped,
  ]);
}

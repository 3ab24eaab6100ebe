import type { InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  checkProviders,
  type InfisicalTelemetryProviders,
  startTelemetry,
} from './telemetry-options.js';
import { watchClient } from './watch-client.js';

/**
 * Options of `instrumentInfisicalClient`.
 *
 * @example
 * ```ts
 * const options: InstrumentInfisicalClientOptions = { name: 'billing' };
 * ```
 *
 * @publicApi
 */
export interface InstrumentInfisicalClientOptions extends InfisicalTelemetryProviders {
  /** Tells several clients of a process apart: the attribute `infisical.client.name`. Default: none. */
  name?: string;
}

const WHAT = 'instrumentInfisicalClient';

/**
 * Spans and metrics of a client without Nest for OpenTelemetry, until it is
 * closed. There is no name of a secret or a folder in them, no value, and no
 * token. In an app, import {@link InfisicalOpenTelemetryModule} instead.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient();
 * await instrumentInfisicalClient(client);
 * ```
 *
 * @returns how to end that before the client is closed
 * @throws InfisicalConfigError when an option is wrong, or `@opentelemetry/api` is missing
 * @publicApi
 */
export async function instrumentInfisicalClient(
  client: InfisicalClient,
  options: InstrumentInfisicalClientOptions = {},
): Promise<() => void> {
  checkProviders(options, 'name', WHAT);
  const { name } = options;
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new InfisicalConfigError(`${WHAT}: name must be a non-empty string.`);
  }
  return watchClient(client, await startTelemetry(options, name, WHAT));
}

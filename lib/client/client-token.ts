import { InfisicalClient } from './infisical-client.js';

/**
 * Injection token of the client, for `overrideProvider()` in tests: the class
 * itself.
 *
 * @publicApi
 */
export function getInfisicalToken(): typeof InfisicalClient {
  return InfisicalClient;
}

/**
 * A dynamic secret to start with. Its target is not asked before a lease is.
 *
 * @example
 * ```ts
 * import { adminOf } from './postgres.js';
 *
 * const ordersDb: EmulatorSeedDynamicSecret = {
 *   environment: 'dev',
 *   name: 'orders-db',
 *   provider: {
 *     type: 'sql-database',
 *     inputs: { client: 'postgres', ...adminOf('orders') },
 *   },
 *   defaultTTL: '1h',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedDynamicSecret {
  environment: string;
  /** Default `/`. */
  path?: string;
  name: string;
  provider: {
    /** Such as `sql-database`. */
    type: string;
    inputs: Record<string, unknown>;
  };
  /** Such as `1h`. */
  defaultTTL: string;
  maxTTL?: string;
  usernameTemplate?: string;
  metadata?: { key: string; value: string }[];
}

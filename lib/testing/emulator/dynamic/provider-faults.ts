import { badRequest } from '../http/api-error.js';
import { FAILURES, type ProviderOperation } from './provider-errors.js';

/**
 * What is done at the provider of a dynamic secret.
 *
 * @example
 * ```ts
 * const operations: EmulatorProviderOperation[] = ['create', 'renew'];
 * for (const operation of operations) {
 *   emulator.dynamicSecrets.failNext(operation);
 * }
 * ```
 *
 * @publicApi
 */
export type EmulatorProviderOperation =
  'connect' | 'create' | 'renew' | 'revoke';

/**
 * Which call of a provider fails, and how.
 *
 * @example
 * ```ts
 * const fault: EmulatorProviderFault = {
 *   name: 'orders-db',
 *   times: 2,
 *   message: 'too many connections',
 * };
 * emulator.dynamicSecrets.failNext('create', fault);
 * ```
 *
 * @publicApi
 */
export interface EmulatorProviderFault {
  /** The name of the dynamic secret. Default: any. */
  name?: string;
  /** How many calls fail. Default 1; `Infinity` until `reset()`. */
  times?: number;
  /** What the provider says. Default `the provider is out of order`. */
  message?: string;
}

/**
 * Makes providers of dynamic secrets fail on demand.
 *
 * @example
 * ```ts
 * emulator.dynamicSecrets.failNext('revoke', { times: Infinity });
 * // …
 * emulator.dynamicSecrets.reset();
 * ```
 *
 * @publicApi
 */
export interface EmulatorDynamicSecrets {
  /** Fails the next calls of a kind, before anything was done at the provider. */
  failNext(
    operation: EmulatorProviderOperation,
    fault?: EmulatorProviderFault,
  ): void;
  /** Forgets all failures that were asked for. */
  reset(): void;
}

interface Planned {
  readonly operation: ProviderOperation;
  readonly name: string | undefined;
  readonly message: string;
  left: number;
}

export class ProviderFaults implements EmulatorDynamicSecrets {
  private planned: Planned[] = [];

  failNext(
    operation: EmulatorProviderOperation,
    fault: EmulatorProviderFault = {},
  ): void {
    const { name, times = 1 } = fault;
    const { message = 'the provider is out of order' } = fault;
    this.planned.push({ operation, name, message, left: times });
  }

  reset(): void {
    this.planned = [];
  }

  /** Throws if this call is one of those that shall fail. */
  check(operation: ProviderOperation, name: string): void {
    const fault = this.planned.find(
      (one) =>
        one.operation === operation &&
        (one.name === undefined || one.name === name),
    );
    if (!fault) return;
    fault.left--;
    if (fault.left <= 0) {
      this.planned = this.planned.filter((one) => one !== fault);
    }
    throw badRequest(`${FAILURES[operation]}: ${fault.message}`);
  }
}

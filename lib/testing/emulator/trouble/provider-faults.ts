import type { EmulatorProviderFailure } from './trouble-types.js';

type Operation = NonNullable<EmulatorProviderFailure['operation']>;

/** Lets providers of dynamic secrets fail on demand. */
export class ProviderFaults {
  private failures: { failure: EmulatorProviderFailure; left: number }[] = [];

  /** Returns how to end it. */
  add(failure: EmulatorProviderFailure): () => void {
    const entry = { failure, left: failure.times ?? Infinity };
    this.failures.push(entry);
    return () => {
      this.failures = this.failures.filter((one) => one !== entry);
    };
  }

  clear(): void {
    this.failures = [];
  }

  /** What the provider says when it is to fail now; counts as one failure. */
  take(operation: Operation, dynamicSecretName: string): string | undefined {
    const entry = this.failures.find(
      ({ failure, left }) =>
        left > 0 &&
        (failure.operation ?? 'revoke') === operation &&
        (failure.dynamicSecretName ?? dynamicSecretName) === dynamicSecretName,
    );
    if (!entry) return undefined;
    entry.left--;
    return (
      entry.failure.message ??
      `Failed to ${operation} lease from provider: connect ECONNREFUSED`
    );
  }
}

import { ModelEngine } from './model-engine.js';

/** LifetimeWatcher of Vault's Go API until 2024 (#26382): a renewal that failed is tried again at once. */
export class VaultBusyLoop extends ModelEngine {
  protected override async afterFailedRenewal(): Promise<void> {
    // No wait.
  }
}

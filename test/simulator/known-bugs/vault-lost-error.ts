import { ModelEngine, type ModelToken } from './model-engine.js';

/** LifetimeWatcher since then (#28611): after the last try it ends, and says nothing. */
export class VaultLostError extends ModelEngine {
  protected override async afterFailedRenewal(
    token: ModelToken,
  ): Promise<void> {
    const wait = this.nextWait();
    if (this.now + wait < token.expiresAt) return this.sleep(wait);
    this.tokenError = undefined;
    for (;;) await this.sleep(Number.MAX_SAFE_INTEGER);
  }
}

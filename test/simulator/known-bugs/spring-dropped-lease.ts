import { ModelEngine } from './model-engine.js';

/** Spring Vault with its default strategy (#708): the first failure of the network ends all renewals. */
export class SpringDroppedLease extends ModelEngine {
  protected override async afterFailedRenewal(): Promise<void> {
    for (;;) await this.sleep(Number.MAX_SAFE_INTEGER);
  }
}

import { ModelEngine, type ModelToken } from './model-engine.js';

/** Spring Vault with `retainOnError` (#958): the next try comes after the advertised duration, when the token is gone. */
export class SpringLateRetry extends ModelEngine {
  protected override async afterFailedRenewal(
    token: ModelToken,
  ): Promise<void> {
    await this.sleep(token.expiresAt - this.now + 1_000);
  }
}

import { ModelEngine } from './model-engine.js';

/** The Infisical agent: while renewals fail it goes on renewing, and never logs in. */
export class AgentWithoutLogin extends ModelEngine {
  protected override async afterFailedRenewal(): Promise<void> {
    await this.sleep(this.nextWait());
  }
}

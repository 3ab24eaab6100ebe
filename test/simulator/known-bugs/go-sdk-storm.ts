import { ModelEngine } from './model-engine.js';

/** The loop of 1 300 requests a minute (kubernetes-operator#113): a failed login is made again without any back-off. */
export class GoSdkStorm extends ModelEngine {
  protected override waitAfterLogin(): number {
    return 45;
  }
}

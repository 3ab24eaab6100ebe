import { ModelEngine } from './model-engine.js';

/** Quarkus Vault: what is kept for a failure is overwritten with an empty map when there is one. */
export class QuarkusEmptiedMap extends ModelEngine {
  protected override afterFailedRefresh(): void {
    if (this.values) this.values = new Map();
  }
}

import { ModelEngine, type ModelToken, type Reply } from './model-engine.js';

/** node-sdk-v2#14: a renewal that the server answers with 200 counts, although the token ends when it did. */
export class NodeSdkBelievedRenewal extends ModelEngine {
  protected override renewed(
    { data }: Reply,
    _before: ModelToken,
    sentAt: number,
  ): ModelToken {
    const life = Number(data.expiresIn) * 1000 || Infinity;
    return {
      text: String(data.accessToken),
      expiresAt: sentAt + life,
      renewAt: sentAt + Math.min(life, 2 ** 42) * 0.66,
    };
  }
}

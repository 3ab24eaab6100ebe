import type { JwtPayload } from 'jsonwebtoken';

/** The access tokens that were issued, so that they can be spoiled later. */
export class IssuedTokens {
  /** The latest token by token id. */
  readonly #tokens = new Map<string, { identityId: string; token: string }>();
  readonly #expired = new Set<string>();

  add({ identityAccessTokenId: id, identityId }: JwtPayload, token: string) {
    if (typeof id !== 'string' || typeof identityId !== 'string') return;
    this.#tokens.set(id, { identityId, token });
  }

  /** The tokens of an identity, or all. */
  of(identityId?: string): string[] {
    return [...this.#tokens.values()]
      .filter((one) => (identityId ?? one.identityId) === one.identityId)
      .map(({ token }) => token);
  }

  /** From now on the tokens of an identity, or all, count as expired. */
  expire(identityId?: string): void {
    for (const [id, one] of this.#tokens) {
      if ((identityId ?? one.identityId) === one.identityId) {
        this.#expired.add(id);
      }
    }
  }

  isExpired({ identityAccessTokenId: id }: JwtPayload): boolean {
    return typeof id === 'string' && this.#expired.has(id);
  }
}

import type { JwtPayload } from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { InfisicalConfigError } from '../../../common/infisical.error.js';
import { unauthorized } from '../http/api-error.js';
import type { Store } from '../state/store.js';
import type { User } from '../state/user.js';
import { type JwtSigner, USER_TOKEN } from './jwt-signer.js';

/** Life of a user's token: 10 days, in seconds. */
const TOKEN_TTL = 864_000;

/** The tokens of people; nobody logs in, tests mint them. */
export class UserTokens {
  constructor(
    private readonly signer: JwtSigner,
    private readonly store: Store,
  ) {}

  mint(email: string): string {
    const user = this.store.userByEmail(email);
    if (!user) {
      throw new InfisicalConfigError(`The emulator has no user "${email}".`);
    }
    const iat = this.signer.now();
    return this.signer.sign({
      authTokenType: USER_TOKEN,
      userId: user.id,
      tokenVersionId: randomUUID(),
      organizationId: this.store.organization.id,
      iat,
      exp: iat + TOKEN_TTL,
    });
  }

  authorize(claims: JwtPayload): User {
    const user = this.store.users.get(String(claims.userId));
    if (!user) throw unauthorized('Token missing');
    return user;
  }
}

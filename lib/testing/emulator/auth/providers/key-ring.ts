import type { JwtPayload } from 'jsonwebtoken';
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import type { Clock } from '../../../../common/clock.js';
import type { Jwt } from '../../packages.js';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKeyPem: string;
}

/** What a token of a stand-in is made of beyond its claims. */
export interface Signing {
  /** Seconds until it expires; negative: it has. Default 3600. */
  readonly expiresIn?: number;
  /** Leaves the key id out of the header. */
  readonly withoutKid?: boolean;
}

/** The RSA keys of one issuer. Made when they are first needed. */
export class KeyRing {
  readonly #keys: SigningKey[] = [];

  constructor(
    private readonly jwt: Jwt,
    private readonly clock: Clock,
  ) {}

  /** The newest key signs. Undefined claims are left out. */
  sign(
    claims: JwtPayload,
    { expiresIn = 3600, withoutKid }: Signing = {},
  ): string {
    const { kid, privateKey } = this.newest();
    const iat = this.now();
    const payload = JSON.parse(
      JSON.stringify({ iat, exp: iat + expiresIn, ...claims }),
    ) as JwtPayload;
    return this.jwt.sign(payload, privateKey, {
      algorithm: 'RS256',
      ...(!withoutKid && { keyid: kid }),
    });
  }

  /** The key with this id, in PEM. */
  find(kid: string | undefined): string | undefined {
    return this.#keys.find((key) => key.kid === kid)?.publicKeyPem;
  }

  /** Every key, in PEM. */
  all(): string[] {
    this.newest();
    return this.#keys.map(({ publicKeyPem }) => publicKeyPem);
  }

  newestPem(): string {
    return this.newest().publicKeyPem;
  }

  /** The newest key itself, for whoever may sign with it. */
  newestKey(): { kid: string; privateKeyPem: string } {
    const { kid, privateKey } = this.newest();
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return { kid, privateKeyPem: pem as string };
  }

  /** Adds a key that signs from now on; the older ones stay known. */
  rotate(): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
    });
    this.#keys.push({
      kid: randomUUID(),
      privateKey,
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    });
  }

  jwks(): { keys: object[] } {
    this.newest();
    return {
      keys: this.#keys.map(({ kid, publicKeyPem }) => ({
        ...createPublicKey(publicKeyPem).export({ format: 'jwk' }),
        kid,
        use: 'sig',
        alg: 'RS256',
      })),
    };
  }

  now(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  private newest(): SigningKey {
    if (this.#keys.length === 0) this.rotate();
    return this.#keys[this.#keys.length - 1] as SigningKey;
  }
}

/** One key ring per issuer, tenant or trust domain. */
export class KeyRings {
  readonly #rings = new Map<string, KeyRing>();

  constructor(
    private readonly jwt: Jwt,
    private readonly clock: Clock,
  ) {}

  of(name: string): KeyRing {
    let ring = this.#rings.get(name);
    if (!ring)
      this.#rings.set(name, (ring = new KeyRing(this.jwt, this.clock)));
    return ring;
  }
}

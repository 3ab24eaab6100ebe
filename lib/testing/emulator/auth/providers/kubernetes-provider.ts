import type { Jwt } from '../../packages.js';
import type { KeyRings } from './key-ring.js';
import type { EmulatorKubernetesProvider } from './provider-types.js';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** The status of a TokenReview. */
export interface TokenReview {
  readonly authenticated: boolean;
  readonly error?: string;
  readonly username?: string;
  readonly audiences: readonly string[];
}

/** A cluster that signs service-account tokens and reviews them. */
export class KubernetesProvider implements EmulatorKubernetesProvider {
  private readonly deleted = new Set<string>();
  private failure: string | undefined;

  constructor(
    private readonly jwt: Jwt,
    private readonly rings: KeyRings,
  ) {}

  issueToken({
    namespace,
    serviceAccount,
    audience = ISSUER,
    claims,
    expiresIn,
  }: Parameters<EmulatorKubernetesProvider['issueToken']>[0]): string {
    return this.keys().sign(
      {
        iss: ISSUER,
        sub: username(namespace, serviceAccount),
        aud: [audience].flat(),
        'kubernetes.io': {
          namespace,
          serviceaccount: { name: serviceAccount },
        },
        ...claims,
      },
      { expiresIn },
    );
  }

  deleteServiceAccount(namespace: string, serviceAccount: string): void {
    this.deleted.add(username(namespace, serviceAccount));
  }

  failReviews(reason: string | undefined): void {
    this.failure = reason;
  }

  review(token: string): TokenReview {
    if (this.failure !== undefined) throw new Error(this.failure);
    const keys = this.keys();
    try {
      const kid = this.jwt.decode(token, { complete: true })?.header.kid;
      const claims = this.jwt.verify(token, keys.find(kid) ?? '', {
        algorithms: ['RS256'],
        issuer: ISSUER,
        clockTimestamp: keys.now(),
      });
      const { sub = '', aud = [] } = typeof claims === 'string' ? {} : claims;
      return {
        authenticated: !this.deleted.has(sub),
        username: sub,
        audiences: [aud].flat(),
      };
    } catch (error) {
      const reason =
        (error as Error).message === 'jwt expired'
          ? 'service account token has expired'
          : 'service account token is not valid';
      return {
        authenticated: false,
        error: `[invalid bearer token, ${reason}]`,
        audiences: [],
      };
    }
  }

  private keys() {
    return this.rings.of('kubernetes');
  }
}

function username(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

import { FIXTURES } from './fixtures.js';
import type { KeyRing, KeyRings } from './key-ring.js';
import type { EmulatorOidcProvider } from './provider-types.js';

/** OIDC issuers, each with a discovery document and keys of its own. */
export class OidcProvider implements EmulatorOidcProvider {
  readonly issuer = FIXTURES.oidcIssuer;
  private readonly failures = new Map<string, string>();

  constructor(private readonly rings: KeyRings) {}

  issueToken({
    subject,
    audience,
    issuer = this.issuer,
    claims,
    ...signing
  }: Parameters<EmulatorOidcProvider['issueToken']>[0]): string {
    return this.keys(issuer).sign(
      { iss: issuer, sub: subject, aud: audience, ...claims },
      signing,
    );
  }

  rotateKeys(count = 1, issuer: string = this.issuer): void {
    const ring = this.keys(issuer);
    ring.newestPem();
    for (let left = count; left > 0; left--) ring.rotate();
  }

  discovery(issuer: string = this.issuer): Record<string, unknown> {
    return {
      issuer,
      jwks_uri: `${trimmed(issuer)}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  jwks(issuer: string = this.issuer): { keys: object[] } {
    return this.keys(issuer).jwks();
  }

  failDiscovery(
    reason: string | undefined,
    issuer: string = this.issuer,
  ): void {
    if (reason === undefined) this.failures.delete(trimmed(issuer));
    else this.failures.set(trimmed(issuer), reason);
  }

  /** Why the discovery document cannot be had, if it cannot. */
  failure(issuer: string): string | undefined {
    return this.failures.get(trimmed(issuer));
  }

  keys(issuer: string): KeyRing {
    return this.rings.of(`oidc ${trimmed(issuer)}`);
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

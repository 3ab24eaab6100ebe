import type { Clock } from '../../../../common/clock.js';
import type { Jwt } from '../../packages.js';
import type { JwtSigner } from '../jwt-signer.js';
import { AliCloudProvider } from './alicloud-provider.js';
import { AwsProvider } from './aws-provider.js';
import { KeyRings } from './key-ring.js';
import { KubernetesProvider } from './kubernetes-provider.js';
import { LdapProvider } from './ldap-provider.js';
import { OciProvider } from './oci-provider.js';
import { OidcProvider } from './oidc-provider.js';
import type { EmulatorProviders } from './provider-types.js';
import { TlsProvider } from './tls-provider.js';
import {
  AzureProvider,
  GcpProvider,
  JwtProvider,
  SpiffeProvider,
} from './token-providers.js';

/** The stand-ins as the logins use them. */
export class Providers implements EmulatorProviders {
  readonly oidc: OidcProvider;
  readonly jwt: JwtProvider;
  readonly kubernetes: KubernetesProvider;
  readonly gcp: GcpProvider;
  readonly azure: AzureProvider;
  readonly spiffe: SpiffeProvider;
  readonly aws: AwsProvider;
  readonly aliCloud: AliCloudProvider;
  readonly oci: OciProvider;
  readonly tls: TlsProvider;
  readonly ldap = new LdapProvider();
  readonly infisical: EmulatorProviders['infisical'];

  constructor(jwt: Jwt, clock: Clock, signer: JwtSigner) {
    const rings = new KeyRings(jwt, clock);
    this.oidc = new OidcProvider(rings);
    this.jwt = new JwtProvider(rings);
    this.kubernetes = new KubernetesProvider(jwt, rings);
    this.gcp = new GcpProvider(rings);
    this.azure = new AzureProvider(rings);
    this.spiffe = new SpiffeProvider(rings);
    this.aws = new AwsProvider(clock);
    this.aliCloud = new AliCloudProvider(clock);
    this.oci = new OciProvider(clock);
    this.tls = new TlsProvider(clock);
    this.infisical = {
      issueToken: (claims, { algorithm } = {}) =>
        signer.sign({ iat: signer.now(), ...claims }, algorithm),
    };
  }
}

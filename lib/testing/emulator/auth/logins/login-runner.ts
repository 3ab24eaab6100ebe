import { notFound, unauthorized } from '../../http/api-error.js';
import {
  type AuthMethodName,
  type AuthMethods,
  METHOD_FIELDS,
} from '../../state/auth-models.js';
import type { Identity } from '../../state/models.js';
import type { Store } from '../../state/store.js';
import type {
  OrganizationChoice,
  OrganizationScope,
} from '../organization-scope.js';
import type { LoginAnswer, TokenEngine } from '../token-engine.js';

/** How error texts name the methods (contract: auth §2.4). */
const LABELS = {
  'aws-auth': 'AWS',
  'gcp-auth': 'GCP',
  'azure-auth': 'Azure',
  'kubernetes-auth': 'Kubernetes',
  'oidc-auth': 'OIDC',
  'jwt-auth': 'JWT',
  'ldap-auth': 'LDAP',
  'oci-auth': 'OCI',
  'alicloud-auth': 'AliCloud',
  'tls-cert-auth': 'TLS Certificate',
  'spiffe-auth': 'SPIFFE',
} as const;

interface Fields {
  'aws-auth': 'awsAuth';
  'gcp-auth': 'gcpAuth';
  'azure-auth': 'azureAuth';
  'kubernetes-auth': 'kubernetesAuth';
  'oidc-auth': 'oidcAuth';
  'jwt-auth': 'jwtAuth';
  'ldap-auth': 'ldapAuth';
  'oci-auth': 'ociAuth';
  'alicloud-auth': 'aliCloudAuth';
  'tls-cert-auth': 'tlsCertAuth';
  'spiffe-auth': 'spiffeAuth';
}

export type LoginMethod = keyof Fields & AuthMethodName;
export type ConfigOf<M extends LoginMethod> = NonNullable<
  AuthMethods[Fields[M]]
>;

/** What a login may add to the claims of the token. */
export type IdentityAuth = object | undefined;

/** What the logins by `identityId` have in common. */
export class LoginRunner {
  constructor(
    private readonly store: Store,
    private readonly tokens: TokenEngine,
    private readonly scope: OrganizationScope,
  ) {}

  /** `accept` judges the proof; the organization is looked at after it. */
  async run<M extends LoginMethod>(
    method: M,
    request: OrganizationChoice & { readonly identityId: string },
    accept: (
      config: ConfigOf<M>,
      identity: Identity,
    ) => IdentityAuth | Promise<IdentityAuth>,
  ): Promise<LoginAnswer> {
    const identity = this.store.identities.get(request.identityId);
    const config = identity?.[METHOD_FIELDS[method]] as ConfigOf<M> | undefined;
    if (!identity || !config) {
      const label = LABELS[method];
      throw notFound(
        `${label} auth method not found for identity, did you configure ${label} auth?`,
      );
    }
    if (identity.membership === 'none')
      throw unauthorized('Identity not found');
    const identityAuth = await accept(config, identity);
    const organization = this.scope.resolve(identity, request);
    return this.tokens.issue({
      identity,
      method,
      policy: config,
      organization,
      identityAuth,
    }).answer;
  }
}

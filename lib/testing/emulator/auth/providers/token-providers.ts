import { randomUUID } from 'node:crypto';
import { FIXTURES } from './fixtures.js';
import type { KeyRing, KeyRings } from './key-ring.js';
import type {
  EmulatorAzureProvider,
  EmulatorGcpProvider,
  EmulatorJwtProvider,
  EmulatorSpiffeProvider,
} from './provider-types.js';

/** Key sets for JWT auth, by the URL they are configured with. */
export class JwtProvider implements EmulatorJwtProvider {
  readonly jwksUrl = FIXTURES.jwksUrl;

  constructor(private readonly rings: KeyRings) {}

  get publicKeyPem(): string {
    return this.keys(this.jwksUrl).newestPem();
  }

  issueToken({
    subject,
    audience,
    issuer,
    jwksUrl = this.jwksUrl,
    claims,
    expiresIn,
  }: Parameters<EmulatorJwtProvider['issueToken']>[0]): string {
    return this.keys(jwksUrl).sign(
      { iss: issuer, sub: subject, aud: audience, ...claims },
      { expiresIn },
    );
  }

  jwks(jwksUrl: string = this.jwksUrl): { keys: object[] } {
    return this.keys(jwksUrl).jwks();
  }

  keys(jwksUrl: string): KeyRing {
    return this.rings.of(`jwt ${jwksUrl}`);
  }
}

/** Google: one key set for id tokens, one for each service account. */
export class GcpProvider implements EmulatorGcpProvider {
  constructor(private readonly rings: KeyRings) {}

  issueIdToken({
    audience,
    serviceAccount,
    projectId,
    zone,
    claims,
    expiresIn,
  }: Parameters<EmulatorGcpProvider['issueIdToken']>[0]): string {
    const isFull = projectId !== undefined || zone !== undefined;
    const subject = '100000000000000000001';
    return this.idKeys().sign(
      {
        iss: 'https://accounts.google.com',
        sub: subject,
        azp: subject,
        aud: audience,
        email: serviceAccount,
        email_verified: true,
        ...(isFull && {
          google: {
            compute_engine: {
              project_id: projectId ?? 'emulator-project',
              zone: zone ?? 'europe-west1-b',
              instance_id: '1',
              instance_name: 'emulator',
            },
          },
        }),
        ...claims,
      },
      { expiresIn },
    );
  }

  issueIamToken({
    audience,
    serviceAccount,
    claims,
    expiresIn,
  }: Parameters<EmulatorGcpProvider['issueIamToken']>[0]): string {
    return this.accountKeys(serviceAccount).sign(
      { sub: serviceAccount, aud: audience, ...claims },
      { expiresIn },
    );
  }

  serviceAccountKey(
    serviceAccount: string,
  ): ReturnType<EmulatorGcpProvider['serviceAccountKey']> {
    const { kid, privateKeyPem } = this.accountKeys(serviceAccount).newestKey();
    return {
      type: 'service_account',
      client_email: serviceAccount,
      private_key_id: kid,
      private_key: privateKeyPem,
    };
  }

  idKeys(): KeyRing {
    return this.rings.of('gcp');
  }

  accountKeys(serviceAccount: string): KeyRing {
    return this.rings.of(`gcp ${serviceAccount}`);
  }
}

/** Azure tenants with their v1 access tokens. */
export class AzureProvider implements EmulatorAzureProvider {
  readonly tenantId = FIXTURES.azureTenantId;

  constructor(private readonly rings: KeyRings) {}

  issueToken({
    tenantId = this.tenantId,
    resource = FIXTURES.azureResource,
    servicePrincipalId = '55555555-5555-4555-8555-555555555555',
    claims,
    expiresIn,
  }: Parameters<EmulatorAzureProvider['issueToken']>[0] = {}): string {
    return this.keys(tenantId).sign(
      {
        iss: `https://sts.windows.net/${tenantId}/`,
        aud: resource,
        tid: tenantId,
        oid: servicePrincipalId,
        sub: servicePrincipalId,
        appid: randomUUID(),
        idtyp: 'app',
        ver: '1.0',
        ...claims,
      },
      { expiresIn },
    );
  }

  keys(tenantId: string): KeyRing {
    return this.rings.of(`azure ${tenantId}`);
  }
}

/** The trust domains that sign JWT-SVIDs. */
export class SpiffeProvider implements EmulatorSpiffeProvider {
  constructor(private readonly rings: KeyRings) {}

  issueToken({
    spiffeId,
    audience,
    trustDomain = /^spiffe:\/\/([^/]+)/.exec(spiffeId)?.[1] ?? '',
    claims,
    expiresIn = 300,
  }: Parameters<EmulatorSpiffeProvider['issueToken']>[0]): string {
    return this.keys(trustDomain).sign(
      { sub: spiffeId, aud: audience, ...claims },
      { expiresIn },
    );
  }

  keys(trustDomain: string): KeyRing {
    return this.rings.of(`spiffe ${trustDomain}`);
  }
}

import type { EmulatorContext } from '../../context.js';
import { badRequest } from '../../http/api-error.js';
import type { Router } from '../../http/router.js';
import type { EmulatorProviders } from './provider-types.js';

type Operation = (options: never) => unknown;

/** What tests in other languages may ask for, by provider and name. */
function operations(providers: EmulatorProviders) {
  const { oidc, jwt, kubernetes, gcp, azure, spiffe } = providers;
  const { aws, aliCloud, oci, tls, ldap } = providers;
  const table: Record<string, Record<string, Operation>> = {
    oidc: {
      issueToken: (options: Parameters<typeof oidc.issueToken>[0]) =>
        oidc.issueToken(options),
      jwks: ({ issuer }: { issuer?: string }) => oidc.jwks(issuer),
    },
    jwt: {
      issueToken: (options: Parameters<typeof jwt.issueToken>[0]) =>
        jwt.issueToken(options),
      jwks: ({ jwksUrl }: { jwksUrl?: string }) => jwt.jwks(jwksUrl),
    },
    kubernetes: {
      issueToken: (options: Parameters<typeof kubernetes.issueToken>[0]) =>
        kubernetes.issueToken(options),
    },
    gcp: {
      issueIdToken: (options: Parameters<typeof gcp.issueIdToken>[0]) =>
        gcp.issueIdToken(options),
      issueIamToken: (options: Parameters<typeof gcp.issueIamToken>[0]) =>
        gcp.issueIamToken(options),
    },
    azure: {
      issueToken: (options: Parameters<typeof azure.issueToken>[0]) =>
        azure.issueToken(options),
    },
    spiffe: {
      issueToken: (options: Parameters<typeof spiffe.issueToken>[0]) =>
        spiffe.issueToken(options),
    },
    aws: {
      accessKey: (options: Parameters<typeof aws.accessKey>[0]) =>
        aws.accessKey(options),
    },
    aliCloud: {
      accessKey: (options: Parameters<typeof aliCloud.accessKey>[0]) =>
        aliCloud.accessKey(options),
    },
    oci: {
      user: (options: Parameters<typeof oci.user>[0]) => oci.user(options),
    },
    tls: {
      issueCertificate: (options: Parameters<typeof tls.issueCertificate>[0]) =>
        tls.issueCertificate(options),
    },
    ldap: {
      setUser: (options: Parameters<typeof ldap.setUser>[0]) => {
        ldap.setUser(options);
        return null;
      },
    },
  };
  return new Map(
    Object.entries(table).flatMap(([provider, named]) =>
      Object.entries(named).map(
        ([name, operation]) => [`${provider}.${name}`, operation] as const,
      ),
    ),
  );
}

/** The stand-ins of the providers over HTTP; for `control` only. */
export function providerRoutes(
  router: Router,
  { z, providers }: EmulatorContext,
): void {
  const known = operations(providers);
  const text = z.string().optional();
  const texts = z.union([z.string(), z.array(z.string())]).optional();
  const seconds = z.number().optional();
  // Everything that any of them takes, so that a wrong type is a 422.
  const options = z
    .object({
      subject: text,
      audience: texts,
      issuer: text,
      jwksUrl: text,
      namespace: text,
      serviceAccount: text,
      projectId: text,
      zone: text,
      tenantId: text,
      resource: text,
      servicePrincipalId: text,
      spiffeId: text,
      trustDomain: text,
      accountId: text,
      arn: text,
      temporary: z.boolean().optional(),
      username: text,
      password: text,
      tenancyOcid: text,
      fields: z.record(z.string()).optional(),
      commonName: text,
      altNames: z.array(z.string()).optional(),
      validFrom: seconds,
      validTo: seconds,
      isCa: z.boolean().optional(),
      withoutKid: z.boolean().optional(),
      claims: z.record(z.unknown()).optional(),
      expiresIn: seconds,
    })
    .strict()
    .nullish();
  router.open('POST', '/__emulator/providers/:provider/:operation', {
    params: z.object({ provider: z.string(), operation: z.string() }),
    body: options,
    handler: ({ params: { provider, operation }, body }) => {
      const run = known.get(`${provider}.${operation}`);
      if (!run) throw badRequest(`No operation "${provider}.${operation}"`);
      const given = body ?? {};
      for (const name of REQUIRED[`${provider}.${operation}`] ?? []) {
        if (given[name] === undefined) throw badRequest(`"${name}" is missing`);
      }
      return { result: run(given as never) };
    },
  });
}

const REQUIRED: Readonly<
  Record<string, readonly ('subject' | 'audience' | Field)[]>
> = {
  'oidc.issueToken': ['subject'],
  'kubernetes.issueToken': ['namespace', 'serviceAccount'],
  'gcp.issueIdToken': ['audience', 'serviceAccount'],
  'gcp.issueIamToken': ['audience', 'serviceAccount'],
  'spiffe.issueToken': ['spiffeId', 'audience'],
  'tls.issueCertificate': ['commonName'],
  'ldap.setUser': ['username', 'password'],
};

type Field =
  | 'namespace'
  | 'serviceAccount'
  | 'spiffeId'
  | 'commonName'
  | 'username'
  | 'password';

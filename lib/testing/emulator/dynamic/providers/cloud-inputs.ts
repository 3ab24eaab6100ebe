import type { infer as Infer } from 'zod/v3';
import type { Zod } from '../../packages.js';
import { inputFields } from './input-fields.js';

const GCP_SCOPES = [
  'https://www.googleapis.com/auth/iam',
  'https://www.googleapis.com/auth/cloud-platform',
];

/** Inputs of the types that are no databases (§2.4). */
export function cloudInputs(z: Zod) {
  const { text, needed, tls, gateway } = inputFields(z);
  const credentialType = z
    .enum(['iam-user', 'temporary-credentials'])
    .default('iam-user');
  const aws = {
    credentialType,
    region: needed,
    awsPath: text.optional(),
    permissionBoundaryPolicyArn: text.optional(),
    policyDocument: text.optional(),
    userGroups: text.optional(),
    policyArns: text.optional(),
    tags: z.object({ key: needed, value: text }).array().optional(),
  };
  const ldap = {
    url: needed,
    binddn: needed,
    bindpass: needed,
    ...tls,
  };
  const tailscaleAuth = z.discriminatedUnion('method', [
    z.object({ method: z.literal('api_key'), apiKey: needed }),
    z.object({
      method: z.literal('oauth'),
      clientId: needed,
      clientSecret: needed,
    }),
  ]);
  const tailscale = {
    auth: tailscaleAuth,
    tailnet: text.default('-'),
    description: text.max(50).optional(),
    tags: text.array().default([]),
  };
  return {
    'aws-iam': z.preprocess(
      (value) => withDefault(value, 'method', 'access-key'),
      z.discriminatedUnion('method', [
        z.object({
          method: z.literal('access-key'),
          accessKey: needed,
          secretAccessKey: needed,
          ...aws,
        }),
        z.object({
          method: z.literal('assume-role'),
          roleArn: needed,
          ...aws,
        }),
        z.object({ method: z.literal('irsa'), ...aws }),
      ]),
    ),
    'azure-entra-id': z.object({
      tenantId: text,
      userId: text,
      email: text,
      applicationId: text,
      clientSecret: text,
    }),
    ldap: z.preprocess(
      (value) => withDefault(value, 'credentialType', 'dynamic'),
      z.discriminatedUnion('credentialType', [
        z.object({
          credentialType: z.literal('dynamic'),
          ...ldap,
          creationLdif: needed,
          revocationLdif: needed,
          rollbackLdif: text.optional(),
        }),
        z.object({
          credentialType: z.literal('static'),
          ...ldap,
          rotationLdif: needed,
        }),
      ]),
    ),
    'gcp-iam': z.object({
      serviceAccountEmail: text.email().max(128),
      tokenScopes: needed.array().min(1).default(GCP_SCOPES),
    }),
    github: z.object({
      appId: z.number().min(1),
      installationId: z.number().min(1),
      privateKey: text,
    }),
    'ibm-api-connect': z.object({
      clientId: needed,
      clientSecret: needed,
      instanceUrl: needed,
      apiKey: needed,
      orgId: needed,
      catalogId: needed,
      consumerOrgId: needed,
      appId: needed,
      ...gateway,
    }),
    tailscale: z.discriminatedUnion('authType', [
      z.object({
        authType: z.literal('auth_keys'),
        ...tailscale,
        reusable: z.boolean().default(false),
        ephemeral: z.boolean().default(false),
        preauthorized: z.boolean().default(false),
      }),
      z.object({
        authType: z.literal('oauth_keys'),
        ...tailscale,
        scopes: text.array().min(1),
      }),
    ]),
  };
}

type Inputs = ReturnType<typeof cloudInputs>;
export type AwsInputs = Infer<Inputs['aws-iam']>;
export type AzureInputs = Infer<Inputs['azure-entra-id']>;
export type LdapInputs = Infer<Inputs['ldap']>;
export type GcpInputs = Infer<Inputs['gcp-iam']>;
export type GithubInputs = Infer<Inputs['github']>;
export type TailscaleInputs = Infer<Inputs['tailscale']>;

/** Adds a key that older clients do not send. */
function withDefault(value: unknown, key: string, def: string): unknown {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !(key in value) ? { ...value, [key]: def } : value;
}

import { randomBytes } from 'node:crypto';
import type { infer as Infer, RefinementCtx } from 'zod/v3';
import { badRequest } from '../../http/api-error.js';
import type { Zod } from '../../packages.js';
import type { CredentialRequest } from '../provider.js';
import { FAILURES } from '../provider-errors.js';
import { inputFields } from './input-fields.js';
import type { Minting } from './minted-provider.js';

/** The shortest token Kubernetes gives, in ms. */
const MIN_TTL = 600_000;

export function kubernetesInputs(z: Zod) {
  const { text, needed, tls, gateway } = inputFields(z);
  const cluster = {
    url: text.optional(),
    clusterToken: text.optional(),
    ca: tls.ca,
    sslEnabled: z.boolean().default(false),
    sslRejectUnauthorized: tls.sslRejectUnauthorized,
    namespace: needed,
    audiences: needed.array(),
    authMethod: z.enum(['gateway', 'api']).default('api'),
    ...gateway,
  };
  return z
    .discriminatedUnion('credentialType', [
      z.object({
        credentialType: z.literal('static'),
        ...cluster,
        serviceAccountName: needed,
      }),
      z.object({
        credentialType: z.literal('dynamic'),
        ...cluster,
        roleType: z.enum(['cluster-role', 'role']),
        role: needed,
      }),
    ])
    .superRefine(checkAccess);
}

type KubernetesInputs = Infer<ReturnType<typeof kubernetesInputs>>;

interface Access {
  readonly authMethod: 'gateway' | 'api';
  readonly url?: string;
  readonly clusterToken?: string;
  readonly gatewayId?: string | null;
  readonly gatewayPoolId?: string | null;
}

function checkAccess(inputs: Access, ctx: RefinementCtx): void {
  const { authMethod, gatewayId, gatewayPoolId } = inputs;
  const refuse = (field: string, message: string) =>
    ctx.addIssue({ code: 'custom', path: [field], message });
  if (gatewayId && gatewayPoolId) {
    refuse('gatewayId', 'Cannot specify both a gateway and a gateway pool');
  }
  if (authMethod === 'gateway') {
    if (!gatewayId && !gatewayPoolId) {
      refuse(
        'gatewayId',
        'When auth method is set to Gateway, a gateway must be selected',
      );
    }
    return;
  }
  if (!inputs.url) {
    refuse(
      'url',
      'When auth method is set to API, a cluster URL must be provided',
    );
  }
  if (!inputs.clusterToken) {
    refuse(
      'clusterToken',
      'When auth method is set to API, a cluster token must be provided',
    );
  }
}

/** Tokens of service accounts, in the shape of a JWT. */
export function kubernetes(inputs: KubernetesInputs): Minting {
  return {
    usernameStyle: 'kubernetes',
    mint: (request) => {
      const namespace = chooseNamespace(inputs.namespace, request.config);
      const { now, expireAt, username } = request;
      if (expireAt.getTime() - now.getTime() < MIN_TTL) {
        throw badRequest(
          `${FAILURES.create}: spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes`,
        );
      }
      const account =
        inputs.credentialType === 'static'
          ? inputs.serviceAccountName
          : username;
      return {
        entityId: account,
        data: { TOKEN: tokenOf(inputs, account, namespace, request) },
      };
    },
  };
}

/** The lease may ask for one of the list; else it is the first. */
function chooseNamespace(list: string, config: unknown): string {
  const allowed = list.split(',').map((one) => one.trim());
  const asked =
    typeof config === 'object' && config !== null && 'namespace' in config
      ? config.namespace
      : undefined;
  if (asked === undefined) return allowed[0] ?? '';
  if (typeof asked === 'string' && allowed.includes(asked)) return asked;
  throw badRequest(
    `${FAILURES.create}: Namespace ${typeof asked === 'string' ? asked : JSON.stringify(asked)} is not allowed. Allowed namespaces: ${allowed.join(', ')}`,
  );
}

function tokenOf(
  { audiences }: KubernetesInputs,
  account: string,
  namespace: string,
  { now, expireAt }: CredentialRequest,
): string {
  const encode = (part: object) =>
    Buffer.from(JSON.stringify(part)).toString('base64url');
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  const claims = {
    aud: audiences,
    iat: seconds(now),
    exp: seconds(expireAt),
    iss: 'https://kubernetes.default.svc.cluster.local',
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const header = { alg: 'RS256', typ: 'JWT' };
  // Signed by nobody: there is no cluster.
  const signature = randomBytes(256).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

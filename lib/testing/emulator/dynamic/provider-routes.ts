import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import type { DynamicSchemas } from './dynamic-schemas.js';
import type { DynamicSecret } from './models.js';
import { SshProvider } from './providers/ssh.js';

const BASE = '/api/v1/dynamic-secrets';

/** Who there is in every tenant. */
const ENTRA_USERS = [
  {
    name: 'Ada Example',
    id: '55555555-5555-4555-8555-555555555551',
    email: 'ada@example.com',
  },
  {
    name: 'Ben Example',
    id: '55555555-5555-4555-8555-555555555552',
    email: 'ben@example.com',
  },
];

/** Helpers of single types of provider (contract: dynamic secrets §2.2). */
export function providerRoutes(
  router: Router,
  { store, access }: EmulatorContext,
  schemas: DynamicSchemas,
): void {
  /** The public key of the authority of an SSH dynamic secret. */
  const authority = (caller: Caller, id: string): string => {
    for (const project of store.projects.values()) {
      for (const folder of project.folders()) {
        const secret = byId(folder.dynamicSecrets.values(), id);
        if (!secret) continue;
        access.require(
          caller,
          project,
          'read-root-credential',
          'dynamic-secrets',
          {
            environment: folder.environment.slug,
            secretPath: folder.path,
            metadata: secret.settings.metadata,
          },
        );
        const { provider } = secret.settings;
        if (provider instanceof SshProvider) return provider.caPublicKey;
        throw badRequest('Dynamic secret is not of type SSH');
      }
    }
    throw notFound(`Dynamic secret with ID '${id}' not found`);
  };

  router.member('POST', `${BASE}/entra-id/users`, {
    body: schemas.entraUsers,
    handler: () => ENTRA_USERS,
  });
  router.member('GET', `${BASE}/ssh-ca-public-key/:dynamicSecretId`, {
    params: schemas.id,
    handler: ({ caller, params }) => ({
      caPublicKey: authority(caller, params.dynamicSecretId),
    }),
  });
  router.member('GET', `${BASE}/ssh-ca-setup/:dynamicSecretId`, {
    params: schemas.id,
    handler: ({ caller, params, reply }) =>
      reply
        .type('text/plain; charset=utf-8')
        .send(setupScript(authority(caller, params.dynamicSecretId))),
  });
}

function byId(
  secrets: Iterable<DynamicSecret>,
  id: string,
): DynamicSecret | undefined {
  for (const secret of secrets) {
    if (secret.id === id.toLowerCase()) return secret;
  }
  return undefined;
}

/** Makes sshd trust an authority. */
function setupScript(publicKey: string): string {
  return [
    '#!/bin/sh',
    'set -eu',
    'ca=/etc/ssh/infisical_dynamic_secret_ca.pub',
    `printf '%s\\n' '${publicKey}' > "$ca"`,
    'chmod 644 "$ca"',
    'grep -q "^TrustedUserCAKeys $ca" /etc/ssh/sshd_config ||',
    '  printf \'\\nTrustedUserCAKeys %s\\n\' "$ca" >> /etc/ssh/sshd_config',
    'systemctl reload sshd || service ssh reload',
    '',
  ].join('\n');
}

import type { EmulatorContext } from '../../context.js';
import type { Router } from '../../http/router.js';
import { acceptAliCloud } from './alicloud-login.js';
import { acceptAws } from './aws-login.js';
import { acceptAzure } from './azure-login.js';
import { acceptGcp } from './gcp-login.js';
import { acceptJwt } from './jwt-login.js';
import { acceptKubernetes } from './kubernetes-login.js';
import { acceptLdap } from './ldap-login.js';
import { loginBodies } from './login-bodies.js';
import { LoginRunner } from './login-runner.js';
import { acceptOci } from './oci-login.js';
import { acceptOidc } from './oidc-login.js';
import { acceptSpiffe } from './spiffe-login.js';
import { acceptTlsCert, certificateHeader } from './tls-cert-login.js';

const url = (method: string) => `/api/v1/auth/${method}/login`;

/** The logins by `identityId` (contract: auth §2). */
export function loginRoutes(router: Router, context: EmulatorContext): void {
  const { store, tokens, scope, providers, jwt, clock } = context;
  const { lockout, lockoutLock } = context;
  const bodies = loginBodies(context);
  const runner = new LoginRunner(store, tokens, scope);

  router.open('POST', url('aws-auth'), {
    body: bodies.aws,
    handler: ({ body }) =>
      runner.run('aws-auth', body, (config) =>
        acceptAws(config, body, providers.aws),
      ),
  });
  router.open('POST', url('gcp-auth'), {
    body: bodies.rawJwt,
    handler: ({ body }) =>
      runner.run('gcp-auth', body, (config, { id }) =>
        acceptGcp(jwt, config, body.jwt, id, providers.gcp),
      ),
  });
  router.open('POST', url('azure-auth'), {
    body: bodies.rawJwt,
    handler: ({ body }) =>
      runner.run('azure-auth', body, (config) =>
        acceptAzure(jwt, config, body.jwt, providers.azure),
      ),
  });
  router.open('POST', url('kubernetes-auth'), {
    body: bodies.trimmedJwt,
    handler: ({ body }) =>
      runner.run('kubernetes-auth', body, (config) =>
        acceptKubernetes(config, body.jwt, providers.kubernetes),
      ),
  });
  router.open('POST', url('oidc-auth'), {
    body: bodies.trimmedJwt,
    handler: ({ body }) =>
      runner.run('oidc-auth', body, (config) =>
        acceptOidc(jwt, config, body.jwt, providers.oidc),
      ),
  });
  router.open('POST', url('jwt-auth'), {
    body: bodies.trimmedJwt,
    handler: ({ body }) =>
      runner.run('jwt-auth', body, (config) =>
        acceptJwt(jwt, config, body.jwt, providers.jwt),
      ),
  });
  router.open('POST', url('spiffe-auth'), {
    body: bodies.trimmedJwt,
    handler: ({ body }) =>
      runner.run('spiffe-auth', body, (config) =>
        acceptSpiffe(jwt, config, body.jwt, providers.spiffe),
      ),
  });
  router.open('POST', url('ldap-auth'), {
    body: bodies.ldap,
    handler: ({ body }) =>
      runner.run('ldap-auth', body, (config) =>
        acceptLdap(config, body, providers.ldap, lockout, lockoutLock),
      ),
  });
  router.open('POST', url('oci-auth'), {
    body: bodies.oci,
    handler: ({ body }) =>
      runner.run('oci-auth', body, (config) =>
        acceptOci(config, body, providers.oci),
      ),
  });
  router.open('POST', url('alicloud-auth'), {
    body: bodies.aliCloud,
    handler: ({ body }) => {
      const { identityId, organizationSlug, subOrganizationName, ...signed } =
        body;
      const choice = { identityId, organizationSlug, subOrganizationName };
      return runner.run('alicloud-auth', choice, (config) =>
        acceptAliCloud(config, signed, providers.aliCloud),
      );
    },
  });
  router.open('POST', url('tls-cert-auth'), {
    body: bodies.tlsCert,
    handler: ({ body, request }) => {
      const header = certificateHeader(request.headers);
      return runner.run('tls-cert-auth', body, (config) =>
        acceptTlsCert(config, header, providers.tls, clock),
      );
    },
  });
}

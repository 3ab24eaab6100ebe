import type { EmulatorContext } from '../context.js';
import { clientIp } from '../http/client-ip.js';
import type { Router } from '../http/router.js';
import { loginBodies } from './logins/login-bodies.js';

/** Login, renew, revoke and what tells whether a token is good. */
export function authRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, tokens, universalAuth } = context;
  const loginBody = z.object({
    clientId: z.string().trim(),
    clientSecret: z.string().trim(),
    ...loginBodies(context).organization,
  });

  router.open('POST', '/api/v1/auth/universal-auth/login', {
    body: loginBody,
    handler: ({ body, request }) =>
      universalAuth.login(body, clientIp(request)),
  });

  const tokenBody = z.object({ accessToken: z.string().trim() });
  router.open('POST', '/api/v1/auth/token/renew', {
    body: tokenBody,
    handler: ({ body }) => tokens.renew(body.accessToken),
  });
  router.open('POST', '/api/v1/auth/token/revoke', {
    body: tokenBody,
    handler: ({ body }) => {
      tokens.revoke(body.accessToken);
      return { message: 'Successfully revoked access token' };
    },
  });

  router.identity('GET', '/api/v1/identities/details', {
    handler: ({ caller }) => {
      const { id, name, slug } = caller.organization;
      return { identityDetails: { organization: { id, name, slug } } };
    },
  });

  router.open('GET', '/api/status', {
    handler: () => ({
      date: store.now().toISOString(),
      message: 'Ok',
      emailConfigured: false,
      inviteOnlySignup: false,
      redisConfigured: true,
      secretScanningConfigured: false,
    }),
  });
}

import { existsSync } from 'node:fs';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { normalizeSiteUrl } from '../http/site-url.js';
import { cliConfigFile, type CliLogin, readCliLogin } from './cli-login.js';
import type {
  CredentialContext,
  CredentialProvider,
} from './credential-provider.js';
import { AUTH_METHOD, USER_METHOD } from './environment-logins.js';
import { selectedMethod } from './environment-provider.js';

/**
 * The login of the Infisical CLI. It belongs to whoever uses this machine, not
 * to the app: a broken or expired one is passed over.
 */
export function cliLoginProvider(home: string | undefined): CredentialProvider {
  const file = cliConfigFile(home);
  return {
    name: 'Infisical CLI',
    async provide(context) {
      const selected = selectedMethod();
      if (selected !== undefined && selected !== USER_METHOD) {
        return { reason: `${AUTH_METHOD} asks for another login` };
      }
      if (!existsSync(file)) {
        return { reason: `no login: there is no file "${file}"` };
      }
      try {
        const { site } = await readCliLogin(context, home);
        requireSite(site, context);
        return {
          auth: { accessToken: () => tokenFor(site, context, home) },
          siteUrl: site.href,
          source: file,
        };
      } catch (error) {
        if (!(error instanceof InfisicalConfigError)) throw error;
        return { reason: error.message };
      }
    },
  };
}

/** The token as it is now: the user may have logged in again, and elsewhere. */
async function tokenFor(
  site: URL,
  context: CredentialContext,
  home: string | undefined,
): Promise<string> {
  const login: CliLogin = await readCliLogin(context, home);
  requireSite(login.site, { siteUrl: site.href });
  return login.accessToken;
}

/** A token is for the server that issued it, and told to no other. */
function requireSite(
  site: URL,
  { siteUrl }: Pick<CredentialContext, 'siteUrl'>,
): void {
  if (siteUrl === undefined) return;
  const wanted = normalizeSiteUrl(siteUrl);
  if (site.origin === wanted.origin) return;
  throw new InfisicalConfigError(
    `The Infisical CLI is logged in to ${site.origin}, and this client uses ${wanted.origin}. Run \`infisical login --domain ${wanted.origin}\`.`,
  );
}

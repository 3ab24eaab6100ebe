import { DEFAULT_EMULATOR_SEED } from 'nestjs-infisical/testing';

const [project] = DEFAULT_EMULATOR_SEED.projects;
const [identity] = DEFAULT_EMULATOR_SEED.identities;

/** The default seed with secrets in `dev`, other token settings and more identities. */
export function seedWith(folders, universalAuth = {}, more = []) {
  return {
    projects: [
      {
        ...project,
        secrets: Object.entries(folders).map(([path, values]) => ({
          environment: 'dev',
          path,
          values,
        })),
      },
    ],
    identities: [
      {
        ...identity,
        universalAuth: { ...identity.universalAuth, ...universalAuth },
      },
      ...more,
    ],
  };
}

/** The id of the identity of {@link demoOptions}. */
export const IDENTITY_ID = identity.id;

/** Options that reach the emulator with the demo login. */
export function demoOptions(url) {
  const { clientId, clientSecret } = identity.universalAuth;
  return {
    siteUrl: url,
    auth: { universalAuth: { clientId, clientSecret } },
    projectId: project.id,
    environment: 'dev',
  };
}

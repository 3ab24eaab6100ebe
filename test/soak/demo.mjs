import { DEFAULT_EMULATOR_SEED } from 'nestjs-infisical/testing';

const [project] = DEFAULT_EMULATOR_SEED.projects;
const [identity] = DEFAULT_EMULATOR_SEED.identities;

/** The default seed with secrets in `dev` and other token settings. */
export function seedWith(folders, universalAuth = {}) {
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
    ],
  };
}

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

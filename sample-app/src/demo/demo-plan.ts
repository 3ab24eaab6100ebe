import {
  DEMO_LOGIN,
  DEMO_PROJECT_ID,
  DEMO_PROJECT_SLUG,
} from './demo-project.js';

/** Variables that name a server, an identity or a project: one of them, and there is no embedded emulator. */
const SERVER_VARIABLES = [
  'INFISICAL_SITE_URL',
  'INFISICAL_URL',
  'INFISICAL_HOST',
  'INFISICAL_DOMAIN',
  'INFISICAL_API_URL',
  'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID',
  'INFISICAL_CLIENT_ID',
  'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
  'INFISICAL_CLIENT_SECRET',
  'INFISICAL_TOKEN',
  'INFISICAL_ACCESS_TOKEN',
  'INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN',
  'INFISICAL_PROJECT_ID',
  'INFISICAL_PROJECT_SLUG',
];

/** What the sample has to bring along, given the environment. */
export interface DemoPlan {
  /** No server was named: one is started in this process. */
  readonly embeddedEmulator: boolean;
  /** The project is an emulator's, so demo data may be written. */
  readonly isDemoProject: boolean;
  /** No database was named: one is started beside this process. */
  readonly embeddedPostgres: boolean;
}

/** @throws Error when a server is named, but no project */
export function planDemo(env: NodeJS.ProcessEnv): DemoPlan {
  const embeddedEmulator = !SERVER_VARIABLES.some((name) => env[name]?.trim());
  const isDemoProject = embeddedEmulator || namesDemoProject(env);
  return {
    embeddedEmulator,
    isDemoProject,
    embeddedPostgres: isDemoProject && !env.DATABASE_HOST?.trim(),
  };
}

function namesDemoProject(env: NodeJS.ProcessEnv): boolean {
  const projectId = env.INFISICAL_PROJECT_ID?.trim();
  const projectSlug = env.INFISICAL_PROJECT_SLUG?.trim();
  if (projectId) return projectId === DEMO_PROJECT_ID;
  const clientId =
    env.INFISICAL_UNIVERSAL_AUTH_CLIENT_ID?.trim() ||
    env.INFISICAL_CLIENT_ID?.trim();
  if (clientId === DEMO_LOGIN.clientId) {
    return !projectSlug || projectSlug === DEMO_PROJECT_SLUG;
  }
  if (projectSlug) return false;
  throw new Error(
    'INFISICAL_PROJECT_ID is missing: set it (or INFISICAL_PROJECT_SLUG) to the project that has the secrets of the sample. INFISICAL_ENVIRONMENT is "dev" unless set.',
  );
}

import { DEFAULT_EMULATOR_SEED } from 'nestjs-infisical/testing';

const [project] = DEFAULT_EMULATOR_SEED.projects;
const [identity] = DEFAULT_EMULATOR_SEED.identities;

/** The emulator's project. No real server has this id, so it tells that a server is an emulator. */
export const DEMO_PROJECT_ID = project?.id ?? '';

export const DEMO_PROJECT_SLUG = project?.slug ?? '';

/** The emulator's documented login. It opens nothing but emulators. */
export const DEMO_LOGIN = {
  clientId: identity?.universalAuth?.clientId ?? '',
  clientSecret: identity?.universalAuth?.clientSecret ?? '',
};

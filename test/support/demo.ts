import { Logger } from '@nestjs/common';
import type { InfisicalModuleOptions } from 'nestjs-infisical';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  type EmulatorSeedUniversalAuth,
  type InfisicalEmulator,
} from 'nestjs-infisical/testing';

export const PROJECT_ID = '22222222-2222-4222-8222-222222222222';
export const CLIENT_ID = '11111111-1111-4111-8111-111111111111';
export const CLIENT_SECRET = 'emulator-client-secret';

/** Secrets by folder path. */
export type Folders = Record<string, Record<string, string>>;

/** The default seed with secrets in `dev`, and other token settings if wanted. */
export function seedWith(
  folders: Folders,
  universalAuth: Partial<EmulatorSeedUniversalAuth> = {},
): EmulatorSeed {
  const [project] = DEFAULT_EMULATOR_SEED.projects;
  const [identity] = DEFAULT_EMULATOR_SEED.identities;
  if (!project || !identity?.universalAuth) throw new Error('no default seed');
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
export function demoOptions(
  emulator: Pick<InfisicalEmulator, 'url'>,
  more: Partial<InfisicalModuleOptions> = {},
): InfisicalModuleOptions {
  return {
    siteUrl: emulator.url,
    auth: {
      universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
    },
    projectId: PROJECT_ID,
    environment: 'dev',
    refresh: { interval: false },
    ...more,
  };
}

/** Paths of the emulator's requests, in the order of their start. */
export function requestPaths(emulator: InfisicalEmulator): string[] {
  return emulator.requests.map(({ method, path }) => `${method} ${path}`);
}

/** Folders whose secrets were listed, sorted. */
export function listedFolders(emulator: InfisicalEmulator): string[] {
  return emulator.requests
    .filter(({ path }) => path === '/api/v4/secrets')
    .map(({ query }) => query.secretPath ?? '')
    .sort();
}

/** The error that `work` ends with. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
}

/** Keeps Nest's own start-up lines out of the test output. */
export function silenceNest(): void {
  Logger.overrideLogger(false);
}

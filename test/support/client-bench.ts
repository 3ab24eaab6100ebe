import { afterEach } from '@jest/globals';
import { InfisicalClient, type InfisicalClientOptions } from 'nestjs-infisical';
import {
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
} from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type Folders,
  PROJECT_ID,
  seedWith,
} from './demo.js';

/** Emulators and clients that end with their test. */
export interface ClientBench {
  /** What else is to be ended, the latest first. */
  readonly ends: (() => unknown)[];
  /** An emulator with the default seed and these secrets in `dev`, or with another seed. */
  readonly start: (
    folders?: Folders,
    options?: InfisicalEmulatorOptions & {
      login?: Partial<EmulatorSeedUniversalAuth>;
    },
  ) => Promise<InfisicalEmulator>;
  /** A client of the demo project and `dev`, with the demo login. */
  readonly clientOf: (
    emulator: Pick<InfisicalEmulator, 'url'>,
    more?: InfisicalClientOptions,
  ) => InfisicalClient;
}

/** To be called in a `describe`. */
export function clientBench(): ClientBench {
  const ends: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  return {
    ends,
    async start(folders = { '/': { A: 'a' } }, { login, ...options } = {}) {
      const emulator = await InfisicalEmulator.start({
        seed: seedWith(folders, login),
        ...options,
      });
      ends.push(() => emulator.stop());
      return emulator;
    },
    clientOf({ url }, more) {
      const client = new InfisicalClient({
        siteUrl: url,
        auth: {
          universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
        },
        projectId: PROJECT_ID,
        environment: 'dev',
        ...more,
      });
      ends.push(() => client.close());
      return client;
    },
  };
}

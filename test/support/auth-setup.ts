import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  type EmulatorSeedIdentity,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { EmulatorHttp } from './emulator-http.js';

export const IDENTITY_ID = '66666666-6666-4666-8666-666666666666';

export interface AuthSetup {
  readonly emulator: InfisicalEmulator;
  readonly clock: VirtualClock;
  readonly http: EmulatorHttp;
  readonly providers: InfisicalEmulator['providers'];
  /** Posts to the login of a method, for the identity of the setup. */
  readonly login: (
    method: string,
    body: object,
    headers?: Record<string, string>,
  ) => ReturnType<EmulatorHttp['post']>;
}

/** An emulator with one more identity, on a clock that stands still. */
export async function authSetup(
  identity: Partial<EmulatorSeedIdentity>,
  seed: Partial<EmulatorSeed> = {},
  options: InfisicalEmulatorOptions = {},
): Promise<AuthSetup> {
  const clock = new VirtualClock();
  const emulator = await InfisicalEmulator.start({
    clock,
    ...options,
    seed: {
      ...DEFAULT_EMULATOR_SEED,
      ...seed,
      identities: [
        ...DEFAULT_EMULATOR_SEED.identities,
        {
          id: IDENTITY_ID,
          name: 'machine',
          projects: [{ slug: 'demo', role: 'viewer' }],
          ...identity,
        },
        ...(seed.identities ?? []),
      ],
    },
  });
  const http = new EmulatorHttp(emulator);
  return {
    emulator,
    clock,
    http,
    providers: emulator.providers,
    login: (method, body, headers) =>
      http.post(
        `/api/v1/auth/${method}/login`,
        { identityId: IDENTITY_ID, ...body },
        { headers },
      ),
  };
}

export function claimsOf(token: string): Record<string, unknown> {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  return JSON.parse(payload.toString()) as Record<string, unknown>;
}

/** Changes the signature of a JWT. */
export function tampered(token: string): string {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const first = signature.startsWith('A') ? 'B' : 'A';
  return `${head}.${payload}.${first}${signature.slice(1)}`;
}

export const refusal = (message: string, error = 'UnauthorizedError') => ({
  status: 401,
  error,
  message,
});
export const forbidden = (message: string, error = 'ForbiddenError') => ({
  status: 403,
  error,
  message,
});
export const BROKEN = {
  status: 500,
  error: 'InternalServerError',
  message: 'Something went wrong',
};

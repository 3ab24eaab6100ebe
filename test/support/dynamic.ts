import {
  DEFAULT_EMULATOR_SEED,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { type Answer, EmulatorHttp, pick } from './emulator-http.js';

export const SECRETS = '/api/v1/dynamic-secrets';
export const LEASES = `${SECRETS}/leases`;
export const PLACE = { projectSlug: 'demo', environmentSlug: 'dev' };
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Inputs of a type that needs nothing behind it. */
export const MONGO = {
  type: 'mongo-db',
  inputs: {
    host: 'mongo.example.com',
    username: 'admin',
    password: 'admin-password',
    database: 'app',
    roles: ['readWrite'],
  },
};

/** An emulator in virtual time, with an administrator and a viewer. */
export class DynamicBench {
  private constructor(
    readonly emulator: InfisicalEmulator,
    readonly clock: VirtualClock,
    readonly http: EmulatorHttp,
  ) {}

  static async start(
    options: InfisicalEmulatorOptions = {},
    now = Date.UTC(2100, 0, 1),
  ): Promise<DynamicBench> {
    const clock = new VirtualClock(now);
    const emulator = await InfisicalEmulator.start({
      clock,
      seed: {
        ...DEFAULT_EMULATOR_SEED,
        identities: [
          ...DEFAULT_EMULATOR_SEED.identities,
          {
            name: 'viewer',
            projects: [{ slug: 'demo', role: 'viewer' }],
            universalAuth: { clientId: 'viewer', clientSecret: 's' },
          },
        ],
      },
      ...options,
    });
    const bench = new DynamicBench(emulator, clock, new EmulatorHttp(emulator));
    await bench.http.useLogin();
    return bench;
  }

  create(name: string, provider: object = MONGO, more: object = {}) {
    return this.http.post(SECRETS, {
      ...PLACE,
      name,
      provider,
      defaultTTL: '1h',
      ...more,
    });
  }

  read(name: string): Promise<Answer> {
    return this.http.get(`${SECRETS}/${name}`, PLACE);
  }

  update(name: string, data: object, more: object = {}): Promise<Answer> {
    return this.http.patch(`${SECRETS}/${name}`, { ...PLACE, data, ...more });
  }

  remove(name: string, more: object = {}): Promise<Answer> {
    return this.http.delete(`${SECRETS}/${name}`, { ...PLACE, ...more });
  }

  lease(dynamicSecretName: string, more: object = {}): Promise<Answer> {
    return this.http.post(LEASES, { ...PLACE, dynamicSecretName, ...more });
  }

  renew(id: string, more: object = {}): Promise<Answer> {
    return this.http.post(`${LEASES}/${id}/renew`, { ...PLACE, ...more });
  }

  revoke(id: string, more: object = {}): Promise<Answer> {
    return this.http.delete(`${LEASES}/${id}`, { ...PLACE, ...more });
  }

  /** Lets time pass, and what it starts come to an end. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.emulator.idle();
  }
}

export const leaseId = (answer: Answer) => pick(answer, 'lease', 'id');
export const dataOf = (answer: Answer) =>
  pick<Record<string, unknown>>(answer, 'data');

/** Where a 422 finds fault, as `a.b: text`. */
export function faults(answer: Answer): string[] {
  if (answer.status !== 422) throw new Error(answer.text);
  const issues = pick<{ path: string[]; message: string }[]>(answer, 'message');
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

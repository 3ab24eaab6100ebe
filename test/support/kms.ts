import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  type Answer,
  EmulatorHttp,
  pick,
  PROJECT_ID,
} from './emulator-http.js';

export const KEYS = '/api/v1/kms/keys';
export const UNKNOWN_ID = '99999999-9999-4999-8999-999999999999';
export const RESERVED_ID = '77777777-7777-4777-8777-777777777777';

export const base64 = (data: string | Buffer) =>
  Buffer.from(data).toString('base64');

/** An emulator with keys of every kind, an administrator and a viewer. */
export class KmsBench {
  private constructor(
    readonly emulator: InfisicalEmulator,
    readonly http: EmulatorHttp,
  ) {}

  static async start(kms?: 'k1' | 'k2' | 'k3'): Promise<KmsBench> {
    const emulator = await InfisicalEmulator.start({
      kms,
      seed: {
        projects: [
          {
            id: PROJECT_ID,
            slug: 'demo',
            environments: ['dev'],
            kmsKeys: [
              { name: 'aes' },
              { name: 'rsa', algorithm: 'RSA_4096' },
              { name: 'ecc', algorithm: 'ECC_NIST_P256' },
              { id: RESERVED_ID, name: 'internal', isReserved: true },
              ...(kms === undefined || kms === 'k3'
                ? [
                    { name: 'mac', algorithm: 'HMAC_SHA_256' },
                    { name: 'locked', isExportable: false },
                  ]
                : []),
            ],
          },
          {
            slug: 'other',
            environments: ['dev'],
            kmsKeys: [{ name: 'elsewhere' }],
          },
        ],
        identities: [
          {
            name: 'admin',
            projects: [
              { slug: 'demo', role: 'admin' },
              { slug: 'other', role: 'admin' },
            ],
            universalAuth: { clientId: 'admin', clientSecret: 's' },
          },
          {
            name: 'viewer',
            projects: [{ slug: 'demo', role: 'viewer' }],
            universalAuth: { clientId: 'viewer', clientSecret: 's' },
          },
        ],
      },
    });
    const bench = new KmsBench(emulator, new EmulatorHttp(emulator));
    await bench.http.useLogin('admin', 's');
    return bench;
  }

  async id(name: string, projectId = PROJECT_ID): Promise<string> {
    const path = `${KEYS}/key-name/${name}`;
    return pick(await this.http.get(path, { projectId }), 'key', 'id');
  }

  /** Runs an operation on a key. */
  async use(name: string, operation: string, body?: object): Promise<Answer> {
    const path = `${KEYS}/${await this.id(name)}/${operation}`;
    return body ? this.http.post(path, body) : this.http.get(path);
  }

  create(body: object): Promise<Answer> {
    return this.http.post(KEYS, { projectId: PROJECT_ID, ...body });
  }

  import(...keys: object[]): Promise<Answer> {
    return this.http.post(`${KEYS}/bulk-import`, {
      projectId: PROJECT_ID,
      keys,
    });
  }
}

export const badRequest = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});

export const notFound = (message: string) => ({
  status: 404,
  error: 'NotFound',
  message,
});

/** The texts of a 422. */
export function issues(answer: Answer): string[] {
  if (answer.status !== 422) throw new Error(answer.text);
  return pick<{ message: string }[]>(answer, 'message').map(
    ({ message }) => message,
  );
}

import { type KeyObject, randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import {
  ApiError,
  badRequest,
  notFound,
  SOMETHING_WENT_WRONG,
} from '../emulator/http/api-error.js';
import {
  type HmacAlgorithm,
  isHmac,
  isSymmetric,
  type KeyAlgorithm,
  type KeyUsage,
  signingAlgorithmsOf,
  type SymmetricAlgorithm,
  usageOf,
} from '../emulator/kms/algorithms.js';
import { decrypt, encrypt } from '../emulator/kms/ciphertext.js';
import {
  exportPublicKey,
  generatePrivateKey,
  randomKey,
} from '../emulator/kms/key-material.js';
import { generateMac, isMac } from '../emulator/kms/mac.js';
import { signWith, verifyWith } from '../emulator/kms/signing.js';
import type {
  MemoryAnswer,
  MemoryRequest,
  MemoryRoute,
} from './memory-transport.js';

const KEYS = '/api/v1/kms/keys';

/** A key whose material stays in memory. */
class MemoryKey {
  readonly #material: Buffer[] = [];
  #privateKey: Promise<KeyObject> | undefined;

  constructor(
    readonly id: string,
    readonly name: string,
    readonly algorithm: KeyAlgorithm,
    readonly createdAt: string,
  ) {
    if (this.usage !== 'sign-verify') this.rotate();
  }

  get usage(): KeyUsage {
    return usageOf(this.algorithm);
  }

  get version(): number {
    return Math.max(1, this.#material.length);
  }

  rotate(): void {
    this.#material.push(randomKey(this.algorithm));
  }

  material(version = this.version): Buffer | undefined {
    return this.#material[version - 1];
  }

  privateKey(): Promise<KeyObject> {
    return (this.#privateKey ??= generatePrivateKey(this.algorithm));
  }
}

/** What is done with a key. */
type Use = (
  key: MemoryKey,
  body: MemoryRequest['body'],
) => MemoryAnswer | Promise<MemoryAnswer>;

/** KMS keys with real cryptography, and the routes of their use. */
export class MemoryKms {
  readonly #keys = new Map<string, MemoryKey>();
  readonly #projectId: string;
  readonly #clock: Clock;

  constructor(projectId: string, clock: Clock) {
    this.#projectId = projectId;
    this.#clock = clock;
  }

  add(
    name: string,
    algorithm: KeyAlgorithm,
    id: string = randomUUID(),
  ): MemoryKey {
    const createdAt = new Date(this.#clock.now()).toISOString();
    const key = new MemoryKey(id, name, algorithm, createdAt);
    this.#keys.set(id.toLowerCase(), key);
    return key;
  }

  get routes(): readonly MemoryRoute[] {
    return [
      {
        method: 'GET',
        path: KEYS,
        answer: ({ query }) => {
          const search = query.get('search')?.toLowerCase() ?? '';
          const found = [...this.#keys.values()]
            .filter(({ name }) => name.toLowerCase().includes(search))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
          const offset = Number(query.get('offset') ?? 0);
          const page = found.slice(
            offset,
            offset + Number(query.get('limit') ?? 100),
          );
          const keys = page.map((key) => this.view(key));
          return { body: { keys, totalCount: found.length } };
        },
      },
      {
        method: 'GET',
        path: `${KEYS}/key-name/:name`,
        answer: ({ params: { name = '' } }) => {
          const key = [...this.#keys.values()].find((one) => one.name === name);
          if (key) return { body: { key: this.view(key) } };
          throw notFound(
            `Key with name "${name}" not found for project with ID "${this.#projectId}". Name it in \`kms\` of InfisicalTestingModule`,
          );
        },
      },
      {
        method: 'GET',
        path: `${KEYS}/:id`,
        answer: ({ params: { id = '' } }) => ({
          body: { key: this.view(this.find(id)) },
        }),
      },
      this.use('POST', 'rotate', 'encrypt-decrypt', (key) => {
        key.rotate();
        return { body: { key: this.view(key) } };
      }),
      this.use('POST', 'encrypt', 'encrypt-decrypt', (key, { plaintext }) => {
        const ciphertext = encrypt(symmetric(key), bytes(plaintext));
        return { body: { ciphertext: ciphertext.toString('base64') } };
      }),
      this.use('POST', 'decrypt', 'encrypt-decrypt', (key, { ciphertext }) => {
        try {
          const plaintext = decrypt(symmetric(key), bytes(ciphertext));
          return { body: { plaintext: plaintext.toString('base64') } };
        } catch {
          throw new ApiError(500, 'InternalServerError', SOMETHING_WENT_WRONG);
        }
      }),
      this.use('POST', 'sign', 'sign-verify', async (key, body) => {
        const { signingAlgorithm } = signing(body);
        const signature = await signWith(key, signing(body));
        const { id: keyId } = key;
        return {
          body: {
            signature: signature.toString('base64'),
            keyId,
            signingAlgorithm,
          },
        };
      }),
      this.use('POST', 'verify', 'sign-verify', async (key, body) => {
        const signature = bytes(body.signature);
        const request = { ...signing(body), signature };
        const signatureValid = await verifyWith(key, request);
        const { signingAlgorithm } = request;
        return { body: { signatureValid, keyId: key.id, signingAlgorithm } };
      }),
      this.use('GET', 'public-key', 'sign-verify', async (key) => ({
        body: { publicKey: exportPublicKey(await key.privateKey()) },
      })),
      this.use('GET', 'signing-algorithms', 'sign-verify', (key) => ({
        body: { signingAlgorithms: signingAlgorithmsOf(key.algorithm) },
      })),
      this.use('POST', 'generate-mac', 'generate-verify-mac', (key, body) => {
        const mac = macOf(key, body.data).toString('base64');
        return { body: { mac, keyId: key.id, macAlgorithm: key.algorithm } };
      }),
      this.use('POST', 'verify-mac', 'generate-verify-mac', (key, body) => {
        const macValid = isMac(macOf(key, body.data), bytes(body.mac));
        const { id: keyId, algorithm: macAlgorithm } = key;
        return { body: { macValid, keyId, macAlgorithm } };
      }),
    ];
  }

  private use(
    method: 'GET' | 'POST',
    route: string,
    usage: KeyUsage,
    work: Use,
  ): MemoryRoute {
    return {
      method,
      path: `${KEYS}/:id/${route}`,
      answer: ({ params: { id = '' }, body }) => {
        const key = this.find(id);
        if (key.usage === usage) return work(key, body);
        throw badRequest(
          `Key "${key.name}" (${key.algorithm}) is for ${key.usage}, not for ${route}`,
        );
      },
    };
  }

  private find(id: string): MemoryKey {
    const key = this.#keys.get(id.toLowerCase());
    if (key) return key;
    throw notFound(`KMS key with ID "${id}" not found`);
  }

  /** The key as the server tells it (contract: KMS §1.1). */
  private view({ id, name, algorithm, usage, version, createdAt }: MemoryKey) {
    return {
      id,
      name,
      description: null,
      projectId: this.#projectId,
      orgId: this.#projectId,
      keyUsage: usage,
      encryptionAlgorithm: algorithm,
      version,
      isDisabled: false,
      isExportable: false,
      createdAt,
      updatedAt: createdAt,
    };
  }
}

function symmetric(key: MemoryKey) {
  const { algorithm, version } = key;
  if (!isSymmetric(algorithm)) throw badRequest('Not a symmetric key');
  const typed: SymmetricAlgorithm = algorithm;
  return {
    algorithm: typed,
    version,
    material: (of: number) => key.material(of),
  };
}

function macOf(key: MemoryKey, data: unknown): Buffer {
  const { algorithm } = key;
  const material = key.material();
  if (!isHmac(algorithm) || !material) throw badRequest('Not a MAC key');
  const typed: HmacAlgorithm = algorithm;
  return generateMac(typed, material, bytes(data));
}

function signing(body: MemoryRequest['body']) {
  const { signingAlgorithm, data, isDigest } = body;
  return {
    signingAlgorithm: String(signingAlgorithm),
    data: bytes(data),
    isDigest: isDigest === true,
  };
}

function bytes(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}

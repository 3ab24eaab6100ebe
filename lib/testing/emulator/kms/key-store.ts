import { KeyObject, randomUUID } from 'node:crypto';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import { type KeyAlgorithm, type KeyUsage, usageOf } from './algorithms.js';
import {
  exportPrivateKey,
  generatePrivateKey,
  randomKey,
} from './key-material.js';

interface KeyInit {
  readonly id?: string;
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  readonly description?: string;
  readonly isExportable?: boolean;
  /** A key of the server itself: invisible, and not for customers. */
  readonly isReserved?: boolean;
  readonly isDisabled?: boolean;
  /** Default: new material. A list is by version, version 1 first. */
  readonly material?: Buffer | readonly Buffer[] | KeyObject;
}

/** A customer key. The material never leaves except through its own route. */
export class KmsKey {
  readonly id: string;
  readonly algorithm: KeyAlgorithm;
  readonly usage: KeyUsage;
  readonly isExportable: boolean;
  readonly isReserved: boolean;
  readonly createdAt: Date;
  name: string;
  updatedAt: Date;
  description: string | null;
  isDisabled: boolean;
  /** Material by version, version 1 first; none for an asymmetric key. */
  readonly #material: Buffer[] = [];
  #privateKey: Promise<KeyObject> | undefined;
  /** The private key as soon as it is there. */
  #keyPair: KeyObject | undefined;

  constructor(
    readonly project: Project,
    init: KeyInit,
    now: Date,
  ) {
    this.id = init.id ?? randomUUID();
    this.name = init.name;
    this.algorithm = init.algorithm;
    this.usage = usageOf(init.algorithm);
    this.description = init.description ?? null;
    this.isExportable = init.isExportable ?? true;
    this.isReserved = init.isReserved ?? false;
    this.isDisabled = init.isDisabled ?? false;
    this.createdAt = now;
    this.updatedAt = now;
    if (init.material instanceof KeyObject) {
      this.#keyPair = init.material;
    } else if (this.usage !== 'sign-verify') {
      const { material = randomKey(this.algorithm) } = init;
      this.#material.push(...[material as Buffer | Buffer[]].flat());
    }
  }

  /** 1 until rotated. */
  get version(): number {
    return Math.max(1, this.#material.length);
  }

  /** The bytes of a symmetric or MAC key. */
  material(version = this.version): Buffer | undefined {
    return this.#material[version - 1];
  }

  /** The key pair of an asymmetric key; made when it is first needed. */
  privateKey(): Promise<KeyObject> {
    return (this.#privateKey ??= this.#keyPair
      ? Promise.resolve(this.#keyPair)
      : generatePrivateKey(this.algorithm).then(
          (key) => (this.#keyPair = key),
        ));
  }

  /** The key with its material. An asymmetric one not used yet has none. */
  toSeed() {
    const material = this.#keyPair
      ? [exportPrivateKey(this.#keyPair)]
      : this.#material;
    return {
      id: this.id,
      name: this.name,
      algorithm: this.algorithm,
      isExportable: this.isExportable,
      isReserved: this.isReserved,
      isDisabled: this.isDisabled,
      ...(this.description !== null && { description: this.description }),
      ...(material.length > 0 && {
        material: material.map((bytes) => bytes.toString('base64')),
      }),
    };
  }

  rotate(now: Date): void {
    this.#material.push(randomKey(this.algorithm));
    this.updatedAt = now;
  }
}

/** The keys of all projects. */
export class KmsKeyStore {
  private readonly keys = new Map<string, KmsKey>();

  constructor(private readonly store: Store) {}

  create(project: Project, init: KeyInit): KmsKey {
    const key = new KmsKey(project, init, this.store.now());
    this.keys.set(key.id.toLowerCase(), key);
    return key;
  }

  byId(id: string): KmsKey | undefined {
    return this.keys.get(id.toLowerCase());
  }

  byName(project: Project, name: string): KmsKey | undefined {
    return this.of(project).find((key) => key.name === name);
  }

  /** The keys of a project, also the server's own. */
  all(project: Project): KmsKey[] {
    return [...this.keys.values()].filter((key) => key.project === project);
  }

  /** The customer keys of a project. */
  of(project: Project): KmsKey[] {
    return this.all(project).filter((key) => !key.isReserved);
  }

  delete(key: KmsKey): void {
    this.keys.delete(key.id.toLowerCase());
  }
}

import { KeyObject, randomUUID } from 'node:crypto';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import { type KeyAlgorithm, type KeyUsage, usageOf } from './algorithms.js';
import { generatePrivateKey, randomKey } from './key-material.js';

interface KeyInit {
  readonly id?: string;
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  readonly description?: string;
  readonly isExportable?: boolean;
  /** A key of the server itself: invisible, and not for customers. */
  readonly isReserved?: boolean;
  /** Default: new material. */
  readonly material?: Buffer | KeyObject;
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
  isDisabled = false;
  /** Material by version, version 1 first; none for an asymmetric key. */
  readonly #material: Buffer[] = [];
  #privateKey: Promise<KeyObject> | undefined;

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
    this.createdAt = now;
    this.updatedAt = now;
    if (init.material instanceof KeyObject) {
      this.#privateKey = Promise.resolve(init.material);
    } else if (this.usage !== 'sign-verify') {
      this.#material.push(init.material ?? randomKey(this.algorithm));
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
    return (this.#privateKey ??= generatePrivateKey(this.algorithm));
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

  /** The customer keys of a project. */
  of(project: Project): KmsKey[] {
    return [...this.keys.values()].filter(
      (key) => key.project === project && !key.isReserved,
    );
  }

  delete(key: KmsKey): void {
    this.keys.delete(key.id.toLowerCase());
  }
}

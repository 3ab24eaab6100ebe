import { randomBytes, randomUUID } from 'node:crypto';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import { KEY_BYTES, type SymmetricAlgorithm } from './ciphertext.js';

/** A customer key. The material never leaves except through its own route. */
export class KmsKey {
  readonly id = randomUUID();
  readonly createdAt: Date;
  updatedAt: Date;
  description: string | null = null;
  isDisabled = false;
  isExportable = true;
  /** Material by version, version 1 first. */
  readonly #material: Buffer[];

  constructor(
    readonly project: Project,
    public name: string,
    readonly algorithm: SymmetricAlgorithm,
    now: Date,
    material: Buffer = randomBytes(KEY_BYTES[algorithm]),
  ) {
    this.createdAt = now;
    this.updatedAt = now;
    this.#material = [material];
  }

  get version(): number {
    return this.#material.length;
  }

  material(version: number): Buffer | undefined {
    return this.#material[version - 1];
  }

  rotate(now: Date): void {
    this.#material.push(randomBytes(KEY_BYTES[this.algorithm]));
    this.updatedAt = now;
  }
}

/** The keys of all projects. */
export class KmsKeyStore {
  private readonly keys = new Map<string, KmsKey>();

  constructor(private readonly store: Store) {}

  create(
    project: Project,
    name: string,
    algorithm: SymmetricAlgorithm,
  ): KmsKey {
    const key = new KmsKey(project, name, algorithm, this.store.now());
    this.keys.set(key.id, key);
    return key;
  }

  seed(
    project: Project,
    { name, algorithm }: { name: string; algorithm: SymmetricAlgorithm },
  ): void {
    this.create(project, name, algorithm);
  }

  byId(id: string): KmsKey | undefined {
    return this.keys.get(id.toLowerCase());
  }

  byName(project: Project, name: string): KmsKey | undefined {
    return this.of(project).find((key) => key.name === name);
  }

  of(project: Project): KmsKey[] {
    return [...this.keys.values()].filter((key) => key.project === project);
  }

  delete(key: KmsKey): void {
    this.keys.delete(key.id);
  }
}

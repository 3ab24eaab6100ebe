import { randomUUID } from 'node:crypto';
import type { LeaseProvider } from './provider.js';

export const FAILED_TO_DELETE = 'Failed to delete';
export const REVOCATION_IN_PROCESS = 'Revocation in process';

/** The folder that has the dynamic secret. */
interface DynamicSecretFolder {
  readonly id: string;
  readonly dynamicSecrets: Map<string, DynamicSecret>;
}

interface DynamicSecretInit {
  readonly folder: DynamicSecretFolder;
  readonly name: string;
  readonly type: string;
  readonly defaultTTL: string;
  readonly maxTTL: string | null;
  readonly usernameTemplate: string | null;
  readonly metadata: { key: string; value: string }[];
  readonly provider: LeaseProvider;
}

export class DynamicSecret {
  readonly id = randomUUID();
  readonly leases = new Map<string, Lease>();
  status: string | null = null;
  statusDetails: string | null = null;
  updatedAt: Date;

  constructor(
    readonly init: DynamicSecretInit,
    readonly createdAt: Date,
  ) {
    this.updatedAt = createdAt;
  }

  get name(): string {
    return this.init.name;
  }

  view() {
    const { init } = this;
    return {
      id: this.id,
      name: init.name,
      version: 1,
      type: init.type,
      defaultTTL: init.defaultTTL,
      maxTTL: init.maxTTL,
      folderId: init.folder.id,
      status: this.status,
      statusDetails: this.statusDetails,
      usernameTemplate: init.usernameTemplate,
      gatewayId: null,
      gatewayV2Id: null,
      metadata: init.metadata,
      createdAt: this.createdAt.toISOString(),
      updatedAt: this.updatedAt.toISOString(),
    };
  }
}

export class Lease {
  readonly id = randomUUID();
  status: string | null = null;
  statusDetails: string | null = null;
  updatedAt: Date;

  constructor(
    readonly dynamicSecret: DynamicSecret,
    readonly externalEntityId: string,
    public expireAt: Date,
    readonly config: unknown,
    readonly createdAt: Date,
  ) {
    this.updatedAt = createdAt;
  }

  /** The lease as it is answered: never with its credentials. */
  view() {
    return {
      id: this.id,
      version: 1,
      externalEntityId: this.externalEntityId,
      expireAt: this.expireAt.toISOString(),
      status: this.status,
      statusDetails: this.statusDetails,
      dynamicSecretId: this.dynamicSecret.id,
      config: this.config ?? null,
      createdAt: this.createdAt.toISOString(),
      updatedAt: this.updatedAt.toISOString(),
    };
  }
}

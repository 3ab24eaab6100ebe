import { randomUUID } from 'node:crypto';
import type { LeaseProvider } from './provider.js';

export const FAILED_TO_DELETE = 'Failed to delete';
export const REVOCATION_IN_PROCESS = 'Revocation in process';
/** Longest text of `statusDetails`. */
const MAX_DETAILS = 255;

/** The folder that has the dynamic secret. */
interface DynamicSecretFolder {
  readonly id: string;
  readonly dynamicSecrets: Map<string, DynamicSecret>;
}

/** What can be changed about a dynamic secret. */
export interface DynamicSecretSettings {
  readonly name: string;
  readonly defaultTTL: string;
  readonly maxTTL: string | null;
  readonly usernameTemplate: string | null;
  readonly metadata: readonly { key: string; value: string }[];
  readonly provider: LeaseProvider;
}

export class DynamicSecret {
  readonly id = randomUUID();
  readonly leases = new Map<string, Lease>();
  status: string | null = null;
  statusDetails: string | null = null;
  updatedAt: Date;

  constructor(
    readonly folder: DynamicSecretFolder,
    readonly type: string,
    private current: DynamicSecretSettings,
    readonly createdAt: Date,
  ) {
    this.updatedAt = createdAt;
    folder.dynamicSecrets.set(current.name, this);
  }

  get settings(): DynamicSecretSettings {
    return this.current;
  }

  get name(): string {
    return this.current.name;
  }

  change(settings: DynamicSecretSettings, now: Date): void {
    this.remove();
    this.current = settings;
    this.folder.dynamicSecrets.set(settings.name, this);
    this.status = null;
    this.updatedAt = now;
  }

  /** Sets the max TTL alone, behind the provider's back. */
  limit(maxTTL: string): void {
    this.current = { ...this.current, maxTTL };
  }

  fail(error: Error, now: Date): void {
    this.status = FAILED_TO_DELETE;
    this.statusDetails = error.message.slice(0, MAX_DETAILS);
    this.updatedAt = now;
  }

  remove(): void {
    this.folder.dynamicSecrets.delete(this.name);
  }

  view() {
    const { name, defaultTTL, maxTTL, usernameTemplate, metadata } =
      this.current;
    return {
      id: this.id,
      name,
      version: 1,
      type: this.type,
      defaultTTL,
      maxTTL,
      folderId: this.folder.id,
      status: this.status,
      statusDetails: this.statusDetails,
      usernameTemplate,
      gatewayId: null,
      gatewayV2Id: null,
      metadata,
      createdAt: this.createdAt.toISOString(),
      updatedAt: this.updatedAt.toISOString(),
    };
  }

  /** With the inputs, credentials of the administrator and all (§2.3). */
  viewWithInputs() {
    const { inputs, shownInputs } = this.current.provider;
    return { ...this.view(), inputs: shownInputs ?? inputs };
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

  fail(error: Error, now: Date): void {
    this.status = FAILED_TO_DELETE;
    this.statusDetails = error.message.slice(0, MAX_DETAILS);
    this.updatedAt = now;
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

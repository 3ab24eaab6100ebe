/** What a new credential is made for. */
export interface CredentialRequest {
  readonly expireAt: Date;
  readonly username: string;
}

export interface Credential {
  /** What the provider knows the credential by. */
  readonly entityId: string;
  readonly data: Record<string, unknown>;
}

/**
 * Where credentials come from. Errors are `ApiError`s of status 400 whose text
 * holds no secret.
 */
export interface LeaseProvider {
  /** The stored inputs, answered in clear (contract: dynamic secrets §2.3). */
  readonly inputs: object;
  validateConnection(): Promise<void>;
  create(request: CredentialRequest): Promise<Credential>;
  renew(entityId: string, expireAt: Date): Promise<void>;
  revoke(entityId: string): Promise<void>;
}

/** What a new credential is made for. */
export interface CredentialRequest {
  readonly now: Date;
  readonly expireAt: Date;
  readonly username: string;
  /** The `config` of the lease, as it was sent. */
  readonly config: unknown;
}

export interface Credential {
  /** What the provider knows the credential by. */
  readonly entityId: string;
  readonly data: Record<string, unknown>;
}

/** How `randomUsername` looks. */
export type UsernameStyle = 'plain' | 'oracle' | 'kubernetes';

/**
 * Where credentials come from. Errors are `ApiError`s of status 400 whose text
 * holds no secret.
 */
export interface LeaseProvider {
  /** The stored inputs. */
  readonly inputs: object;
  /** The inputs as they are answered, if not all of them are. */
  readonly shownInputs?: object;
  readonly usernameStyle?: UsernameStyle;
  validateConnection(): Promise<void>;
  create(request: CredentialRequest): Promise<Credential>;
  renew(entityId: string, expireAt: Date): Promise<void>;
  revoke(entityId: string): Promise<void>;
}

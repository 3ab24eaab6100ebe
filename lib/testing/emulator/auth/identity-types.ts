/**
 * What an administrator may do to machine identities while they are in use.
 *
 * @example
 * ```ts
 * emulator.identities.revokeTokens(identityId); // it logs in again
 * emulator.identities.setMembership(identityId, 'inactive'); // it cannot
 * ```
 *
 * @publicApi
 */
export interface EmulatorIdentities {
  /** Deletes the identity; its tokens are refused from now on. */
  remove(identityId: string): void;
  /** Ends every token of the identity; it may log in again. */
  revokeTokens(identityId: string): void;
  /** Revokes all client secrets of Universal Auth, and their tokens. */
  revokeClientSecrets(identityId: string): void;
  /** Takes an auth method away, such as `aws-auth`, and ends its tokens. */
  removeAuthMethod(identityId: string, method: string): void;
  /** Makes it leave the organization, pauses it, or brings it back. */
  setMembership(
    identityId: string,
    membership: 'active' | 'inactive' | 'none',
  ): void;
  /**
   * Holds the lock around the lockout counter, so that a failing login gets a
   * 429 after about 900 ms of the clock's time. With a user name it is that of
   * LDAP auth.
   *
   * @returns lets the lock go
   */
  holdLockoutLock(identityId: string, username?: string): () => void;
}

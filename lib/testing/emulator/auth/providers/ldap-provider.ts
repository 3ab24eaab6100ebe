import type {
  EmulatorLdapProvider,
  EmulatorLdapUser,
} from './provider-types.js';

/** A directory: users with a password and attributes. */
export class LdapProvider implements EmulatorLdapProvider {
  readonly #users = new Map<string, EmulatorLdapUser>();

  setUser(user: EmulatorLdapUser): void {
    this.#users.set(user.username.toLowerCase(), { ...user });
  }

  removeUser(username: string): void {
    this.#users.delete(username.toLowerCase());
  }

  /** The attributes of the user, if the password is right. */
  bind(
    username: string,
    password: string,
  ): Readonly<Record<string, string>> | undefined {
    const user = this.#users.get(username.toLowerCase());
    if (!user || user.password !== password) return undefined;
    return { uid: user.username, ...user.fields };
  }
}

import type { Identity } from './models.js';

/** A person. Has a role in projects as a machine identity has. */
export interface User extends Identity {
  readonly email: string;
}

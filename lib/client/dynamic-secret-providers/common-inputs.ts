/**
 * How generated passwords must look. The counts together must not be more than `length`.
 *
 * @example
 * ```ts
 * const passwordRequirements: PasswordRequirements = {
 *   length: 32,
 *   required: { lowercase: 1, uppercase: 1, digits: 1, symbols: 0 },
 *   allowedSymbols: '-_',
 * };
 * ```
 *
 * @publicApi
 */
export interface PasswordRequirements {
  /** 1 to 250; Couchbase 8 to 128. */
  length: number;
  /** Least number of each; Couchbase wants at least one of each. */
  required: {
    lowercase: number;
    uppercase: number;
    digits: number;
    symbols: number;
  };
  /** Default `-_.~!*`. */
  allowedSymbols?: string;
}

/** TLS to the target. */
export interface TlsInputs {
  /** PEM of the authority. */
  ca?: string;
  /** Default true. */
  sslRejectUnauthorized?: boolean;
}

/** The gateway through which the server reaches the target; not both. */
export interface GatewayInputs {
  gatewayId?: string | null;
  gatewayPoolId?: string | null;
}

/** Administrator of a database server. */
export interface ServerInputs {
  host: string;
  port: number;
  username: string;
  password: string;
}

/** Statements are Handlebars templates. */
export interface StatementInputs {
  /** With `{{username}}`, `{{password}}`, `{{expiration}}`; SQL also `{{database}}`. */
  creationStatement: string;
  /** With `{{username}}`; SQL also `{{database}}`. */
  revocationStatement: string;
}

export interface RenewInputs {
  /** With `{{username}}`, `{{expiration}}`; SQL also `{{database}}`. Without it a renewal moves the lease only. */
  renewStatement?: string;
}

import { generatePassword, type PasswordRequirements } from '../password.js';
import type {
  Credential,
  CredentialRequest,
  LeaseProvider,
  UsernameStyle,
} from '../provider.js';
import { attempt } from '../provider-errors.js';
import { renderStatement } from '../statement-template.js';

/** What a provider by statements needs of its inputs. */
export interface StatementInputs {
  readonly creationStatement: string;
  readonly revocationStatement: string;
  readonly renewStatement?: string;
  readonly database?: string;
  readonly password?: string;
  readonly passwordRequirements?: PasswordRequirements;
}

/** Where the statements go. */
export interface StatementTarget {
  /** Fails when the target cannot be reached or does not let us in. */
  probe(): Promise<void>;
  /** Runs statements that are split on `;`, as one transaction. */
  run(statements: string): Promise<void>;
}

interface Traits {
  readonly usernameStyle?: UsernameStyle;
  readonly passwordLength?: number;
  readonly expiration?: (request: { now: Date; expireAt: Date }) => string;
}

const isoExpiration = ({ expireAt }: { expireAt: Date }): string =>
  expireAt.toISOString();

/** Users that statements make, renew and remove (dynamic secrets §2.4). */
export class StatementProvider implements LeaseProvider {
  readonly usernameStyle: UsernameStyle | undefined;
  private readonly secrets: readonly (string | undefined)[];

  constructor(
    readonly inputs: StatementInputs,
    private readonly target: StatementTarget,
    private readonly now: () => Date,
    private readonly traits: Traits = {},
  ) {
    this.usernameStyle = traits.usernameStyle;
    this.secrets = [inputs.password];
  }

  async validateConnection(): Promise<void> {
    await attempt('connect', this.secrets, () => this.target.probe());
  }

  async create(request: CredentialRequest): Promise<Credential> {
    const { username } = request;
    const password = generatePassword({
      length: this.traits.passwordLength,
      ...this.inputs.passwordRequirements,
    });
    await attempt('create', [password, ...this.secrets], async () => {
      const variables = { username, password, ...this.expiration(request) };
      await this.run(this.inputs.creationStatement, variables);
    });
    return {
      entityId: username,
      data: { DB_USERNAME: username, DB_PASSWORD: password },
    };
  }

  async renew(username: string, expireAt: Date): Promise<void> {
    const { renewStatement } = this.inputs;
    await attempt('renew', this.secrets, async () => {
      const expiration = this.expiration({ now: this.now(), expireAt });
      if (!renewStatement) return;
      await this.run(renewStatement, { username, ...expiration });
    });
  }

  async revoke(username: string): Promise<void> {
    await attempt('revoke', this.secrets, () =>
      this.run(this.inputs.revocationStatement, { username }),
    );
  }

  /** Throws for a date that is none, as a TTL nobody can read gives. */
  private expiration(dates: { now: Date; expireAt: Date }) {
    const { expiration = isoExpiration } = this.traits;
    return { expiration: expiration(dates) };
  }

  private run(
    statement: string,
    variables: Record<string, string>,
  ): Promise<void> {
    const { database = '' } = this.inputs;
    return this.target.run(
      renderStatement(statement, { ...variables, database }),
    );
  }
}

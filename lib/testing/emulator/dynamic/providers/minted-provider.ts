import type {
  Credential,
  CredentialRequest,
  LeaseProvider,
  UsernameStyle,
} from '../provider.js';
import { attempt } from '../provider-errors.js';

/** How a type of provider behaves that has nothing real behind it. */
export interface Minting {
  /** Makes a credential of the documented shape, with random values. */
  mint(request: CredentialRequest): Credential;
  /** Fails when the inputs could not work at the real provider either. */
  probe?(): void;
  /** Throws where the type cannot renew; without, only `expireAt` moves. */
  renew?(): void;
  readonly usernameStyle?: UsernameStyle;
}

/** Credentials that nobody would accept, but that look right (§2.4). */
export class MintedProvider implements LeaseProvider {
  readonly usernameStyle: UsernameStyle | undefined;

  constructor(
    readonly inputs: object,
    private readonly minting: Minting,
  ) {
    this.usernameStyle = minting.usernameStyle;
  }

  validateConnection(): Promise<void> {
    return settled(() => this.minting.probe?.());
  }

  create(request: CredentialRequest): Promise<Credential> {
    return attempt('create', [], () =>
      settled(() => this.minting.mint(request)),
    );
  }

  renew(): Promise<void> {
    return settled(() => this.minting.renew?.());
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }
}

/** The outcome of `work` as a promise. */
function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

import { type KeyObject, randomBytes } from 'node:crypto';
import type { infer as Infer } from 'zod/v3';
import { badRequest } from '../../http/api-error.js';
import type { Zod } from '../../packages.js';
import type {
  Credential,
  CredentialRequest,
  LeaseProvider,
} from '../provider.js';
import {
  newSshKey,
  privateSshKey,
  publicSshKey,
  sshCertificate,
} from './ssh-wire.js';

export function sshInputs(z: Zod) {
  return z.object({
    principals: z.string().trim().min(1).array().min(1),
    keyAlgorithm: z.enum(['ED25519']).default('ED25519'),
  });
}

type SshInputs = Infer<ReturnType<typeof sshInputs>>;

/** Real keys with certificates of an authority of its own. */
export class SshProvider implements LeaseProvider {
  readonly shownInputs: object;
  readonly caPublicKey: string;
  readonly #authority: KeyObject;

  /** Changed inputs keep the authority of the provider before. */
  constructor(
    readonly inputs: SshInputs,
    before?: LeaseProvider,
  ) {
    this.#authority =
      before instanceof SshProvider ? before.#authority : newSshKey();
    this.caPublicKey = publicSshKey(this.#authority);
    this.shownInputs = { ...inputs, caPublicKey: this.caPublicKey };
  }

  validateConnection(): Promise<void> {
    return Promise.resolve();
  }

  create(request: CredentialRequest): Promise<Credential> {
    return new Promise((resolve) => resolve(this.mint(request)));
  }

  renew(): Promise<void> {
    return Promise.resolve();
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  private mint({ config, now, expireAt, username }: CredentialRequest) {
    const principals = this.principals(config);
    const serial = randomBytes(8).readBigUInt64BE();
    const key = newSshKey();
    const certificate = sshCertificate(key, this.#authority, {
      serial,
      keyId: username,
      principals,
      validAfter: now,
      validBefore: expireAt,
    });
    return {
      entityId: serial.toString(),
      data: { PRIVATE_KEY: privateSshKey(key), SIGNED_KEY: certificate },
    };
  }

  /** What the lease asks for, which it must. */
  private principals(config: unknown): string[] {
    const asked =
      typeof config === 'object' && config !== null && 'principals' in config
        ? config.principals
        : undefined;
    if (!Array.isArray(asked) || asked.length === 0) {
      throw badRequest(
        'SSH lease requires at least one principal in config.principals',
      );
    }
    const names = asked.map(String);
    const others = names.filter((one) => !this.inputs.principals.includes(one));
    if (others.length === 0) return names;
    throw badRequest(
      `Requested principals not in allowed list: ${others.join(', ')}`,
    );
  }
}

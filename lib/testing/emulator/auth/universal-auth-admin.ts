import { randomBytes, randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { badRequest } from '../http/api-error.js';
import type { ClientSecret, UniversalAuth } from '../state/auth-models.js';
import type { Identity } from '../state/models.js';
import type { Store } from '../state/store.js';
import type { TokenEngine } from './token-engine.js';

interface IpAddress {
  readonly ipAddress: string;
}

/** What a request may set; the times are in seconds. */
export interface UniversalAuthChange {
  clientSecretTrustedIps?: readonly IpAddress[];
  accessTokenTrustedIps?: readonly IpAddress[];
  accessTokenTTL?: number;
  accessTokenMaxTTL?: number;
  accessTokenNumUsesLimit?: number;
  accessTokenPeriod?: number;
  lockoutEnabled?: boolean;
  lockoutThreshold?: number;
  lockoutDurationSeconds?: number;
  lockoutCounterResetSeconds?: number;
}

const EVERYWHERE = ['0.0.0.0/0', '::/0'];

/** Attaches, changes and removes Universal Auth (contract: auth §2.5). */
export class UniversalAuthAdmin {
  constructor(
    private readonly store: Store,
    private readonly tokens: TokenEngine,
    /** Whether the plan has lists of trusted addresses. */
    private readonly ipAllowlisting: boolean,
  ) {}

  attach(identity: Identity, change: Required<UniversalAuthChange>) {
    if (identity.universalAuth) {
      throw badRequest(
        'Failed to add universal auth to already configured identity',
      );
    }
    const now = this.store.clock.now();
    const { clientSecretTrustedIps, accessTokenTrustedIps, ...rest } = change;
    return this.set(identity, {
      ...rest,
      id: randomUUID(),
      clientId: randomUUID(),
      clientSecrets: [],
      clientSecretTrustedIps: this.ranges(clientSecretTrustedIps),
      accessTokenTrustedIps: this.ranges(accessTokenTrustedIps),
      createdAt: now,
      updatedAt: now,
    });
  }

  get(identity: Identity): UniversalAuth {
    if (identity.universalAuth) return identity.universalAuth;
    throw badRequest('The identity does not have universal auth');
  }

  change(identity: Identity, change: UniversalAuthChange) {
    const auth = this.get(identity);
    const { clientSecretTrustedIps, accessTokenTrustedIps, ...rest } = change;
    return this.set(identity, {
      ...auth,
      ...rest,
      ...(clientSecretTrustedIps && {
        clientSecretTrustedIps: this.ranges(clientSecretTrustedIps),
      }),
      ...(accessTokenTrustedIps && {
        accessTokenTrustedIps: this.ranges(accessTokenTrustedIps),
      }),
      updatedAt: this.store.clock.now(),
    });
  }

  remove(identity: Identity): UniversalAuth {
    const auth = this.get(identity);
    identity.universalAuth = undefined;
    this.tokens.end('method', auth.id);
    return auth;
  }

  addClientSecret(
    identity: Identity,
    request: { description: string; numUsesLimit: number; ttl: number },
  ) {
    const auth = this.get(identity);
    const secret: ClientSecret = {
      ...request,
      id: randomUUID(),
      secret: randomBytes(32).toString('hex'),
      createdAt: this.store.clock.now(),
      numUses: 0,
      isRevoked: false,
    };
    auth.clientSecrets.push(secret);
    return {
      clientSecret: secret.secret,
      clientSecretData: clientSecretView(auth, secret),
    };
  }

  private set(identity: Identity, auth: UniversalAuth): UniversalAuth {
    const { accessTokenTTL, accessTokenMaxTTL } = auth;
    if (accessTokenMaxTTL > 0 && accessTokenTTL > accessTokenMaxTTL) {
      throw badRequest('Access token TTL cannot be greater than max TTL');
    }
    identity.universalAuth = auth;
    return auth;
  }

  /** The addresses; undefined when all are trusted. */
  private ranges(addresses: readonly IpAddress[]): string[] | undefined {
    const texts = addresses.map(({ ipAddress }) => ipAddress);
    for (const text of texts) {
      if (!this.ipAllowlisting && !EVERYWHERE.includes(text)) {
        throw badRequest(
          'Failed to add IP access range to access token due to plan restriction. Upgrade plan to add IP access range.',
        );
      }
      if (!isRange(text)) {
        throw badRequest('The IP is not a valid IPv4, IPv6, or CIDR block');
      }
    }
    return EVERYWHERE.every((range) => texts.includes(range))
      ? undefined
      : texts;
  }
}

export function universalAuthView(identity: Identity, auth: UniversalAuth) {
  const ips = (ranges: readonly string[] = EVERYWHERE) => ranges.map(ipView);
  return {
    id: auth.id,
    clientId: auth.clientId,
    identityId: identity.id,
    accessTokenTTL: auth.accessTokenTTL,
    accessTokenMaxTTL: auth.accessTokenMaxTTL,
    accessTokenNumUsesLimit: auth.accessTokenNumUsesLimit,
    accessTokenPeriod: auth.accessTokenPeriod,
    clientSecretTrustedIps: ips(auth.clientSecretTrustedIps),
    accessTokenTrustedIps: ips(auth.accessTokenTrustedIps),
    lockoutEnabled: auth.lockoutEnabled,
    lockoutThreshold: auth.lockoutThreshold,
    lockoutDurationSeconds: auth.lockoutDurationSeconds,
    lockoutCounterResetSeconds: auth.lockoutCounterResetSeconds,
    createdAt: new Date(auth.createdAt).toISOString(),
    updatedAt: new Date(auth.updatedAt).toISOString(),
  };
}

function clientSecretView({ id }: UniversalAuth, secret: ClientSecret) {
  const createdAt = new Date(secret.createdAt).toISOString();
  return {
    id: secret.id,
    createdAt,
    updatedAt: createdAt,
    description: secret.description,
    clientSecretPrefix: secret.secret.slice(0, 4),
    clientSecretNumUses: secret.numUses,
    clientSecretNumUsesLimit: secret.numUsesLimit,
    clientSecretTTL: secret.ttl,
    identityUAId: id,
    isClientSecretRevoked: secret.isRevoked,
  };
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const kind = isIP(address);
  if (kind === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (kind === 4 ? 32 : 128);
}

function ipView(range: string) {
  const [ipAddress = '', prefix] = range.split('/');
  const type = isIP(ipAddress) === 6 ? 'ipv6' : 'ipv4';
  return {
    ipAddress,
    type,
    ...(prefix !== undefined && { prefix: Number(prefix) }),
  };
}

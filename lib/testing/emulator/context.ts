import { AccessControl } from './access/access-control.js';
import { AuthGate } from './auth/auth-gate.js';
import { Gen1Tokens } from './auth/gen1-tokens.js';
import { Gen2Tokens } from './auth/gen2-tokens.js';
import { IdentityControl } from './auth/identity-control.js';
import { JwtSigner } from './auth/jwt-signer.js';
import { Lockout } from './auth/lockout.js';
import { LockoutLock } from './auth/lockout-lock.js';
import { OrganizationScope } from './auth/organization-scope.js';
import { Providers } from './auth/providers/providers.js';
import { ServiceTokens } from './auth/service-tokens.js';
import type { TokenEngine } from './auth/token-engine.js';
import { UniversalAuthService } from './auth/universal-auth.js';
import { UserTokens } from './auth/user-tokens.js';
import type { IssuedTokens } from './auth/issued-tokens.js';
import { Background } from './background.js';
import { LeaseStore } from './dynamic/lease-store.js';
import { ProviderFaults } from './dynamic/provider-faults.js';
import { EventStreams } from './events/event-streams.js';
import type { CloudPlan } from './http/rate-limiter.js';
import { type SharedSchemas, sharedSchemas } from './http/schemas.js';
import { KmsKeyStore } from './kms/key-store.js';
import type { EmulatorGeneration } from './options.js';
import type { EmulatorPackages, Jwt, Zod } from './packages.js';
import { Store } from './state/store.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { WebhookStore } from './webhooks/webhook-store.js';
import type { OffsetClock } from './trouble/offset-clock.js';

export interface EmulatorSettings {
  readonly generation: EmulatorGeneration;
  readonly secretsApi: 'v4' | 'early-v4' | 'v3';
  readonly missingReferences: 'literal' | 'empty';
  readonly crossProjectReferences: boolean;
  readonly eventSubscriptions: boolean;
  readonly externalWebhooks: boolean;
  readonly kms: 'k1' | 'k2' | 'k3';
  readonly dynamicSecrets: boolean;
  readonly maxLeaseLimit: number | undefined;
  readonly clock: OffsetClock;
  /** The plan on Infisical Cloud; undefined: self-hosted, without limits. */
  readonly cloud: CloudPlan | undefined;
  readonly ipAllowlisting: boolean;
}

/** What the routers share: state and services of one emulator. */
export interface EmulatorContext extends EmulatorSettings {
  readonly z: Zod;
  readonly jwt: Jwt;
  readonly schemas: SharedSchemas;
  readonly store: Store;
  readonly access: AccessControl;
  readonly tokens: TokenEngine;
  readonly scope: OrganizationScope;
  readonly lockout: Lockout;
  readonly lockoutLock: LockoutLock;
  readonly universalAuth: UniversalAuthService;
  readonly userTokens: UserTokens;
  readonly identities: IdentityControl;
  readonly providers: Providers;
  readonly serviceTokens: ServiceTokens;
  readonly gate: AuthGate;
  readonly kmsKeys: KmsKeyStore;
  readonly background: Background;
  readonly leaseStore: LeaseStore;
  readonly providerFaults: ProviderFaults;
  readonly webhooks: WebhookStore;
  readonly webhookSender: WebhookSender;
  readonly eventStreams: EventStreams;
  /** The access tokens that were issued. */
  readonly issued: IssuedTokens;
}

export function createContext(
  packages: EmulatorPackages,
  settings: EmulatorSettings,
): EmulatorContext {
  const store = new Store(settings.clock);
  const background = new Background();
  const providerFaults = new ProviderFaults();
  const signer = new JwtSigner(packages.jwt, settings.clock);
  const tokens =
    settings.generation === 'gen2'
      ? new Gen2Tokens(signer, store)
      : new Gen1Tokens(signer, store, settings.generation === 'middle');
  const scope = new OrganizationScope(store, settings.generation);
  const lockout = new Lockout(settings.clock);
  const lockoutLock = new LockoutLock(settings.clock);
  const serviceTokens = new ServiceTokens(store);
  const userTokens = new UserTokens(signer, store);
  const webhooks = new WebhookStore();
  const webhookSender = new WebhookSender(
    webhooks,
    settings.clock,
    background,
    settings.externalWebhooks,
  );
  const eventStreams = new EventStreams();
  store.changes.listen((change) => webhookSender.queue(change));
  store.changes.listen((change) => eventStreams.tell(change));
  return {
    ...settings,
    z: packages.z,
    jwt: packages.jwt,
    schemas: sharedSchemas(packages.z),
    store,
    access: new AccessControl(store),
    tokens,
    scope,
    lockout,
    lockoutLock,
    universalAuth: new UniversalAuthService(
      store,
      tokens,
      scope,
      lockout,
      lockoutLock,
    ),
    userTokens,
    identities: new IdentityControl(store, tokens, lockoutLock),
    providers: new Providers(packages.jwt, settings.clock, signer),
    serviceTokens,
    gate: new AuthGate(signer, tokens, userTokens, serviceTokens),
    kmsKeys: new KmsKeyStore(store),
    background,
    leaseStore: new LeaseStore(store, background, providerFaults),
    providerFaults,
    webhooks,
    webhookSender,
    eventStreams,
    issued: signer.issued,
  };
}

import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { systemClock, type TimerHandle } from '../../common/clock.js';
import { authRoutes } from './auth/auth-routes.js';
import type { EmulatorIdentities } from './auth/identity-types.js';
import {
  identityAuthRoutes,
  tokenAuthRoutes,
} from './auth/identity-auth-routes.js';
import { loginRoutes } from './auth/logins/login-routes.js';
import type { EmulatorProviders } from './auth/providers/provider-types.js';
import { providerRoutes } from './auth/providers/provider-routes.js';
import { serviceTokenRoutes } from './auth/service-token-routes.js';
import { createContext, type EmulatorContext } from './context.js';
import { dynamicRoutes } from './dynamic/dynamic-routes.js';
import type { EmulatorDynamicSecrets } from './dynamic/provider-faults.js';
import { eventRoutes } from './events/event-routes.js';
import { folderRoutes } from './folders/folder-routes.js';
import { RequestLog } from './http/request-log.js';
import { createServer, type RouteModule } from './http/server.js';
import { importRoutes } from './imports/import-routes.js';
import { kmsRoutes } from './kms/kms-routes.js';
import type { EmulatorLease, InfisicalEmulatorOptions } from './options.js';
import { type EmulatorPackages, loadEmulatorPackages } from './packages.js';
import { projectRoutes } from './projects/project-routes.js';
import { DEFAULT_EMULATOR_SEED, type EmulatorSeed } from './seed.js';
import { SeedIssues, seedError } from './seed-error.js';
import { readSeedText } from './seed-text.js';
import { exportState } from './seed-export.js';
import { loadSeed } from './seed-loader.js';
import { parseSeed } from './seed-schema.js';
import { controlRoutes } from './trouble/control-routes.js';
import { OffsetClock } from './trouble/offset-clock.js';
import { TroubleDesk } from './trouble/trouble-desk.js';
import { secretRoutes } from './secrets/secret-routes.js';
import { tagRoutes } from './tags/tag-routes.js';
import { webhookRoutes } from './webhooks/webhook-routes.js';

/** Every group of routes; a new one is added here. */
const ROUTES = [
  authRoutes,
  loginRoutes,
  identityAuthRoutes,
  tokenAuthRoutes,
  serviceTokenRoutes,
  secretRoutes,
  folderRoutes,
  importRoutes,
  projectRoutes,
  tagRoutes,
  webhookRoutes,
  eventRoutes,
  kmsRoutes,
  dynamicRoutes,
];

/** How long `stop()` waits for leases to be revoked, in ms. */
const STOP_LIMIT = 5000;

/** What an emulator is made of; outlives a stop and a new start. */
export class EmulatorCore {
  readonly log = new RequestLog();
  readonly trouble: TroubleDesk;
  private server: FastifyInstance | undefined;

  private constructor(
    private readonly packages: EmulatorPackages,
    private readonly context: EmulatorContext,
    private readonly options: InfisicalEmulatorOptions,
  ) {
    this.trouble = new TroubleDesk(context, options.random ?? Math.random);
  }

  static async create(
    options: InfisicalEmulatorOptions,
  ): Promise<EmulatorCore> {
    const packages = await loadEmulatorPackages();
    const context = createContext(packages, {
      generation: options.generation ?? 'gen2',
      secretsApi: options.secretsApi ?? 'v4',
      missingReferences: options.missingReferences ?? 'literal',
      crossProjectReferences: options.crossProjectReferences ?? false,
      eventSubscriptions: options.plan?.eventSubscriptions ?? true,
      externalWebhooks: options.externalWebhooks ?? false,
      kms: options.kms ?? 'k3',
      dynamicSecrets: options.plan?.dynamicSecrets ?? true,
      maxLeaseLimit: options.maxLeaseLimit,
      clock: new OffsetClock(options.clock ?? systemClock),
      cloud: cloudPlan(options.cloud),
      ipAllowlisting: options.plan?.ipAllowlisting ?? true,
    });
    await fill(packages, context, options.seed ?? DEFAULT_EMULATOR_SEED);
    return new EmulatorCore(packages, context, options);
  }

  async listen(port: number, host: string): Promise<AddressInfo> {
    const { packages, context, log, trouble } = this;
    const server = await createServer(packages, context, log, trouble.book, [
      ...ROUTES,
      ...this.controls(),
    ]);
    try {
      await server.listen({ port, host });
    } catch (error) {
      await server.close();
      throw error;
    }
    this.server = server;
    return server.server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.context.eventStreams.closeAll();
    this.context.webhookSender.stop();
    await server?.close();
    await this.settle();
  }

  userToken(email: string): string {
    return this.context.userTokens.mint(email);
  }

  get identities(): EmulatorIdentities {
    return this.context.identities;
  }

  get providers(): EmulatorProviders {
    return this.context.providers;
  }

  get dynamicSecrets(): EmulatorDynamicSecrets {
    return this.context.providerFaults;
  }

  leases(): EmulatorLease[] {
    return this.context.leaseStore.all();
  }

  async idle(): Promise<void> {
    await this.context.background.idle();
  }

  exportState(): EmulatorSeed {
    return exportState(this.context);
  }

  private controls(): RouteModule[] {
    if (!this.options.control) return [];
    const { trouble: desk, log } = this;
    const controls = { desk, log, exportState: () => this.exportState() };
    return [
      (router, context) => controlRoutes(router, context, controls),
      providerRoutes,
    ];
  }

  /** Revokes what is outstanding, but not for ever. */
  private async settle(): Promise<void> {
    const { leaseStore, background } = this.context;
    let timer: TimerHandle | undefined;
    // Real time: the emulator's clock may stand still.
    const limit = new Promise<void>((resolve) => {
      timer = systemClock.setTimeout(resolve, STOP_LIMIT);
    });
    const settled = background.idle().then(() => leaseStore.revokeAll());
    await Promise.race([settled, limit]);
    if (timer) systemClock.clearTimeout(timer);
    leaseStore.disarmAll();
  }
}

function cloudPlan(cloud: InfisicalEmulatorOptions['cloud']) {
  if (!cloud) return undefined;
  return cloud === true ? 'free' : (cloud.plan ?? 'free');
}

/** Loads a seed; what is wrong with it is told with its place in the text. */
async function fill(
  { z }: EmulatorPackages,
  context: EmulatorContext,
  given: EmulatorSeed | string,
): Promise<void> {
  const { seed, locate } =
    typeof given === 'string'
      ? await readSeedText(given)
      : { seed: given, locate: undefined };
  try {
    loadSeed(context, parseSeed(z, seed));
  } catch (error) {
    throw error instanceof SeedIssues ? seedError(error, locate) : error;
  }
}

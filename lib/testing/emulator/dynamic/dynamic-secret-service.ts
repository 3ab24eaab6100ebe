import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder } from '../state/models.js';
import type { DynamicLocator, DynamicPlace } from './dynamic-locator.js';
import {
  DynamicSecret,
  type DynamicSecretSettings,
  REVOCATION_IN_PROCESS,
} from './models.js';
import type { LeaseProvider } from './provider.js';
import type {
  ProviderInput,
  ProviderRegistry,
} from './providers/provider-registry.js';

interface Metadata {
  readonly key: string;
  readonly value: string;
}

interface CreateRequest extends DynamicPlace {
  readonly name: string;
  readonly provider: ProviderInput;
  readonly defaultTTL: string;
  readonly maxTTL?: string | null;
  readonly usernameTemplate?: string | null;
  readonly metadata?: Metadata[];
}

interface UpdateRequest extends DynamicPlace {
  readonly data: {
    readonly inputs?: unknown;
    readonly defaultTTL?: string;
    readonly maxTTL?: string | null;
    readonly newName?: string;
    readonly metadata?: Metadata[];
    readonly usernameTemplate?: string | null;
  };
}

type Services = Pick<
  EmulatorContext,
  'store' | 'leaseStore' | 'background' | 'providerFaults'
>;

/** Dynamic secrets themselves (contract: dynamic secrets §2.3). */
export class DynamicSecretService {
  constructor(
    private readonly services: Services,
    private readonly locator: DynamicLocator,
    private readonly providers: ProviderRegistry,
  ) {}

  async create(caller: Caller, request: CreateRequest) {
    const { locator } = this;
    const project = locator.project(caller, request);
    locator.require(caller, project, request, 'create-root-credential');
    locator.assertPlan('create dynamic secret');
    const folder = locator.folder(project, request);
    assertFree(folder, request.name);
    const provider = this.providers.build(request.provider);
    await this.connect(provider, request.name);
    const settings: DynamicSecretSettings = {
      name: request.name,
      defaultTTL: request.defaultTTL,
      maxTTL: request.maxTTL || null,
      usernameTemplate: request.usernameTemplate ?? null,
      metadata: request.metadata ?? [],
      provider,
    };
    const { type } = request.provider;
    const now = this.services.store.now();
    return new DynamicSecret(folder, type, settings, now).viewWithInputs();
  }

  list(caller: Caller, place: DynamicPlace) {
    const project = this.locator.project(caller, place);
    const folder = this.locator.folder(project, place);
    // What the caller may not read is left out silently.
    return [...folder.dynamicSecrets.values()]
      .filter((one) => this.locator.mayRead(caller, project, place, one))
      .map((secret) => secret.view());
  }

  get(caller: Caller, name: string, place: DynamicPlace) {
    const { locator } = this;
    const project = locator.project(caller, place);
    for (const action of ['read-root-credential', 'edit-root-credential']) {
      locator.require(caller, project, place, action, name);
    }
    const folder = locator.folder(project, place);
    const secret = folder.dynamicSecrets.get(name);
    if (secret) return secret.viewWithInputs();
    // The closing quote of the name is missing there too.
    throw notFound(
      `Dynamic secret with name '${name} in folder '${place.path}' not found`,
    );
  }

  /** The provider is asked again, even for a new name alone. */
  async update(caller: Caller, name: string, request: UpdateRequest) {
    const { locator, providers } = this;
    const project = locator.project(caller, request);
    locator.require(caller, project, request, 'edit-root-credential', name);
    locator.assertPlan('update dynamic secret');
    const folder = locator.folder(project, request);
    const secret = secretIn(folder, name, request.path);
    const { settings, type } = secret;
    const { data } = request;
    if (data.newName) assertFree(folder, data.newName);
    const inputs = providers.parse(type, {
      ...settings.provider.inputs,
      ...(data.inputs ?? {}),
    });
    const provider = providers.build({ type, inputs }, settings.provider);
    await this.connect(provider, name);
    const changed: DynamicSecretSettings = {
      name: data.newName || name,
      defaultTTL: data.defaultTTL ?? settings.defaultTTL,
      maxTTL: data.maxTTL === undefined ? settings.maxTTL : data.maxTTL || null,
      usernameTemplate:
        data.usernameTemplate === undefined
          ? settings.usernameTemplate
          : data.usernameTemplate,
      metadata: data.metadata ?? settings.metadata,
      provider,
    };
    secret.change(changed, this.services.store.now());
    return secret.view();
  }

  delete(
    caller: Caller,
    name: string,
    request: DynamicPlace & { isForced: boolean },
  ) {
    const { locator } = this;
    const { leaseStore, background, store } = this.services;
    const project = locator.project(caller, request);
    locator.require(caller, project, request, 'delete-root-credential', name);
    const folder = locator.folder(project, request);
    const secret = secretIn(folder, name, request.path);
    const outstanding = [...secret.leases.values()];
    if (request.isForced) {
      // Nothing is revoked at the provider.
      for (const lease of outstanding) leaseStore.remove(lease);
    }
    if (request.isForced || outstanding.length === 0) {
      secret.remove();
      return secret.view();
    }
    secret.status = REVOCATION_IN_PROCESS;
    secret.updatedAt = store.now();
    const answer = secret.view();
    background.run(() => this.revokeAndRemove(secret));
    return answer;
  }

  leasesOf(caller: Caller, name: string, place: DynamicPlace) {
    const project = this.locator.project(caller, place);
    this.locator.require(caller, project, place, 'lease', name);
    const folder = this.locator.folder(project, place);
    const secret = secretIn(folder, name, place.path);
    return [...secret.leases.values()].map((lease) => lease.view());
  }

  private async revokeAndRemove(secret: DynamicSecret): Promise<void> {
    const { leaseStore, store } = this.services;
    const outcomes = await Promise.all(
      [...secret.leases.values()].map((lease) => leaseStore.revoke(lease)),
    );
    const failure = outcomes.find((outcome) => outcome !== undefined);
    if (failure) secret.fail(failure, store.now());
    else secret.remove();
  }

  private async connect(provider: LeaseProvider, name: string): Promise<void> {
    assertNoGateway(provider.inputs);
    this.services.providerFaults.check('connect', name);
    await provider.validateConnection();
  }
}

function secretIn(folder: Folder, name: string, path: string): DynamicSecret {
  const secret = folder.dynamicSecrets.get(name);
  if (secret) return secret;
  throw notFound(
    `Dynamic secret with name '${name}' in folder '${path}' not found`,
  );
}

function assertFree(folder: Folder, name: string): void {
  if (!folder.dynamicSecrets.has(name)) return;
  throw badRequest('Provided dynamic secret already exists under the folder');
}

/** There are no gateways here, so none can be found. */
function assertNoGateway(inputs: {
  gatewayId?: string | null;
  gatewayPoolId?: string | null;
}): void {
  const id = inputs.gatewayId || inputs.gatewayPoolId;
  if (id) throw notFound(`Gateway with ID ${id} not found`);
}

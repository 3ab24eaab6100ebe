import { Logger } from '@nestjs/common';
import {
  CLIENT_OPTION_NAMES,
  type InfisicalClientOptions,
} from '../client/client-options.js';
import { contextOf, InfisicalClient } from '../client/infisical-client.js';
import { systemClock } from '../common/clock.js';
import { sleepAware } from '../common/sleep-aware-clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { LoadedSecrets } from './loaded-secrets.js';
import { missingProblem } from './missing-problem.js';
import {
  MissingSecretsError,
  type SecretProblem,
} from './missing-secrets.error.js';
import {
  inheritScope,
  isAbsentFolder,
  type Scope,
  tellScope,
} from './scope.js';
import { checkScope, SCOPE_OPTION_NAMES } from './scope-options.js';
import type { ScopeState } from './scope-state.js';
import { ScopeStore } from './scope-store.js';
import type { ScopeSchemaOptions } from './scope-schemas.js';
import type { TenantScopeOptions } from './secrets.service.js';
import { checkSchema, type StandardSchema } from './standard-schema.js';
import {
  resolveSnapshotStore,
  type SnapshotStoreOptions,
} from './snapshot-store/snapshot-store.options.js';
import { SnapshotFallback } from './snapshot-store/snapshot-fallback.js';
import { snapshotMessage } from './snapshot-store/snapshot-messages.js';
import { resolveStartup, Startup, type StartupOptions } from './startup.js';

/**
 * A further scope of `loadSecrets`. What is absent is that of the options.
 *
 * @example
 * ```ts
 * const payments: LoadScopeOptions = {
 *   path: '/payments',
 *   required: ['STRIPE_KEY'],
 * };
 * const loaded = await loadSecrets({
 *   projectId,
 *   environment: 'prod',
 *   scopes: [payments],
 * });
 * ```
 *
 * @publicApi
 */
export interface LoadScopeOptions
  extends TenantScopeOptions, ScopeSchemaOptions {
  /** Names that must be there. */
  required?: readonly string[];
}

/**
 * Options of `loadSecrets`: those of the client, whose project, environment and
 * path make its own scope, and what else is to be loaded.
 *
 * @example
 * ```ts
 * const options: LoadSecretsOptions = {
 *   projectId,
 *   environment: 'prod',
 *   required: ['PORT'],
 *   startup: { timeout: '10s' },
 * };
 * await using loaded = await loadSecrets(options);
 * ```
 *
 * @publicApi
 */
export interface LoadSecretsOptions<Secrets extends object = object>
  extends InfisicalClientOptions, ScopeSchemaOptions<Secrets> {
  /** Whether the own scope has all folders below its path. Default false. */
  recursive?: boolean;
  /** Scopes besides the own one. */
  scopes?: readonly LoadScopeOptions[];
  /** Names that must be in the own scope. */
  required?: readonly string[];
  /** What happens when they cannot be loaded. Default: it throws. */
  startup?: StartupOptions;
  /** Where snapshots are stored, encrypted, for a start while the server is away. Default: nowhere. */
  snapshotStore?: SnapshotStoreOptions;
}

/** Options besides the client's, to tell a misspelt one. */
const LOAD_OPTION_NAMES: readonly (keyof LoadSecretsOptions)[] = [
  'recursive',
  'scopes',
  'required',
  'schema',
  'startup',
  'snapshotStore',
];

/** A scope, and what must be in it. */
interface Wanted {
  readonly state: ScopeState;
  readonly required: readonly string[];
}

/**
 * Loads secrets before Nest exists: for `main.ts`, for arguments of decorators,
 * for options of `NestFactory` and microservices. One login, and one list for
 * each scope.
 *
 * Hand the result to `InfisicalModule.forRoot({ loaded })`: the module then
 * works with this login and these secrets. Else `close()` it.
 *
 * @example
 * ```ts
 * import { AppModule } from './app.module.js';
 *
 * const loaded = await loadSecrets({
 *   projectId,
 *   environment: 'prod',
 *   required: ['PORT'],
 * });
 * const app = await NestFactory.create(AppModule.with(loaded));
 * await app.listen(Number(loaded.getOrThrow('PORT')));
 * ```
 *
 * @throws InfisicalConfigError when an option is wrong
 * @throws MissingSecretsError all `required` names that are not there, of all scopes
 * @throws InfisicalTimeoutError after `startup.timeout`
 * @throws InfisicalError why else the secrets could not be loaded
 * @publicApi
 */
export function loadSecrets<Secrets extends object>(
  options: LoadSecretsOptions<Secrets> & { schema: StandardSchema<Secrets> },
): Promise<LoadedSecrets<Secrets>>;
export function loadSecrets(
  options?: LoadSecretsOptions,
): Promise<LoadedSecrets>;
export async function loadSecrets(
  options: LoadSecretsOptions = {},
): Promise<LoadedSecrets> {
  const what = 'loadSecrets';
  assertKnownOptions(
    options,
    [...CLIENT_OPTION_NAMES, ...LOAD_OPTION_NAMES],
    what,
  );
  const {
    recursive,
    scopes,
    required,
    schema,
    startup,
    snapshotStore,
    ...rest
  } = options;
  checkScope({ recursive }, what);
  checkSchema(schema, what);
  const policy = resolveStartup(startup);
  const stored = resolveSnapshotStore(snapshotStore);
  checkScopes(scopes, required);
  const logger = rest.logger ?? new Logger(what);
  const client = new InfisicalClient({ ...rest, logger });
  const { random = Math.random } = rest;
  const clock = sleepAware(rest.clock ?? systemClock);
  const fallback =
    stored && new SnapshotFallback({ client, options: stored, clock, random });
  const store = new ScopeStore(client, clock, fallback);
  const watch = store.events$.subscribe((event) => {
    const text = snapshotMessage(event);
    if (text) logger.warn(text);
  });
  const start = new Startup(policy, clock, random, (text) => logger.warn(text));
  try {
    const scope = ownScope(client, recursive);
    const wanted = [{ required, schema }, ...(scopes ?? [])].map((one) =>
      want(store, scope, one),
    );
    await start.run((signal) => load(client, store, wanted, signal));
    const parts = { client, store, scope, clock, random, schema };
    return new LoadedSecrets(parts);
  } catch (error) {
    store.complete();
    await client.close();
    await start.holdBack(error as Error);
    throw error;
  } finally {
    // A module tells from here on.
    watch.unsubscribe();
  }
}

/** The scope of the client's own project, environment and path; the environment is '' when no one names it. */
function ownScope(client: InfisicalClient, recursive = false): Scope {
  const { environment = '', ...defaults } = contextOf(client).options.defaults;
  return { ...defaults, environment, recursive };
}

function want(
  store: ScopeStore,
  root: Scope,
  { required = [], schema, ...said }: LoadScopeOptions,
): Wanted {
  const state = store.state(withEnvironment(inheritScope(root, said)));
  if (schema) store.demand(state, schema);
  return { state, required };
}

function withEnvironment(scope: Scope): Scope {
  if (scope.environment) return scope;
  throw new InfisicalConfigError(
    'No environment: pass `environment` to loadSecrets, as the slug ("dev", "prod"), or set INFISICAL_ENVIRONMENT.',
  );
}

function checkScopes(
  scopes: readonly LoadScopeOptions[] = [],
  required: readonly string[] | undefined,
): void {
  if (!Array.isArray(scopes)) {
    throw new InfisicalConfigError(
      'loadSecrets: scopes must be an array, as in [{ path: "/payments" }].',
    );
  }
  checkNames(required, 'loadSecrets: required');
  scopes.forEach((scope: LoadScopeOptions, index) => {
    const what = `loadSecrets: scopes[${index}]`;
    if (typeof scope !== 'object' || scope === null) {
      throw new InfisicalConfigError(
        `${what} must be an object, as in { path: "/payments" }.`,
      );
    }
    assertKnownOptions(
      scope,
      [...SCOPE_OPTION_NAMES, 'required', 'schema'],
      what,
    );
    checkScope(scope, what);
    checkSchema(scope.schema, what);
    checkNames(scope.required, `${what}.required`);
  });
}

function checkNames(names: unknown, what: string): void {
  if (names === undefined) return;
  const isName = (name: unknown): boolean =>
    typeof name === 'string' && name !== '';
  if (!Array.isArray(names) || !names.every(isName)) {
    throw new InfisicalConfigError(
      `${what} must be an array of names, as in ["DATABASE_URL"].`,
    );
  }
}

async function load(
  client: InfisicalClient,
  store: ScopeStore,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<void> {
  const states = [...new Set(wanted.map(({ state }) => state))];
  await store.withLogin(contextOf(client).tokens.acquire(signal), () =>
    store.load(states, signal),
  );
  const absent: ScopeState[] = [];
  const problems: SecretProblem[] = [];
  for (const state of states) {
    const { lastError, scope, snapshot } = state;
    // One of the snapshot store has both.
    if (!lastError || snapshot) continue;
    if (lastError instanceof MissingSecretsError) {
      problems.push(...lastError.problems);
    } else if (isAbsentFolder(lastError)) absent.push(state);
    else throw tellScope(lastError, scope);
  }
  for (const { state, required } of wanted) {
    const snapshot = state.snapshot ?? state.refused;
    for (const name of required) {
      if (snapshot?.get(name) !== undefined) continue;
      problems.push(missingProblem(name, state, store, snapshot));
    }
  }
  const [first] = absent;
  const cause = first && tellScope(first.lastError as Error, first.scope);
  if (problems.length > 0) throw new MissingSecretsError(problems, { cause });
  if (cause) throw cause;
}

import { randomBytes } from 'node:crypto';
import type { Random } from '../../../common/random.js';
import { InfisicalConfigError } from '../../../common/infisical.error.js';
import type { EmulatorContext } from '../context.js';
import { parseTtl } from '../http/schemas.js';
import { METHOD_FIELDS, type TokenPolicy } from '../state/auth-models.js';
import type { Secret } from '../state/models.js';
import { TroubleBook } from './trouble-book.js';
import { troubleSchemas } from './trouble-schema.js';
import type {
  EmulatorActiveTrouble,
  EmulatorProviderFailure,
  EmulatorSecretPlace,
  EmulatorTrouble,
  EmulatorTroubleRule,
} from './trouble-types.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where all trouble is asked for. */
export class TroubleDesk implements EmulatorTrouble {
  readonly #context: EmulatorContext;
  readonly book: TroubleBook;

  constructor(context: EmulatorContext, random: Random) {
    this.#context = context;
    this.book = new TroubleBook(context.clock, random);
  }

  add(rule: EmulatorTroubleRule): EmulatorActiveTrouble {
    const result = troubleSchemas(this.#context.z).rule.safeParse(rule);
    if (result.success) return this.book.add(result.data);
    const issues = result.error.issues.map(
      ({ path, message }) => `${['trouble', ...path].join('.')}: ${message}`,
    );
    throw new InfisicalConfigError(issues.join('; '));
  }

  outage({
    mode = 'reset',
    ...window
  }: Parameters<EmulatorTrouble['outage']>[0] = {}): EmulatorActiveTrouble {
    return this.add(
      mode === 'reset'
        ? { kind: 'reset', ...window }
        : { kind: 'error', status: 503, ...window },
    );
  }

  get active(): readonly EmulatorActiveTrouble[] {
    return this.book.active;
  }

  clear(): void {
    this.book.clear();
    this.#context.providerFaults.reset();
    this.#context.clock.offset = 0;
  }

  setClockOffset(ms: number): void {
    this.#context.clock.offset = ms;
  }

  expireTokens(identityId?: string): void {
    this.#context.issued.expire(identityId);
  }

  revokeTokens(identityId?: string): void {
    const { issued, tokens } = this.#context;
    for (const token of issued.of(identityId)) {
      try {
        tokens.revoke(token);
      } catch {
        // It is dead already.
      }
    }
  }

  rotateSecret(
    place: EmulatorSecretPlace,
    value = randomBytes(24).toString('base64url'),
  ): string {
    const secret = this.secret(place);
    const { store } = this.#context;
    const now = store.now();
    secret.change({ value }, now);
    secret.folder.lastSecretModified = now;
    store.changes.emit('update', secret.folder, [secret.current.key]);
    return value;
  }

  failProvider(failure: EmulatorProviderFailure = {}): void {
    const { operation = 'revoke', dynamicSecretName: name } = failure;
    const { message, times = Infinity } = failure;
    const fault = { name, times, ...(message !== undefined && { message }) };
    this.#context.providerFaults.failNext(operation, fault);
  }

  lowerLeaseMaxTtl(maxTTL: string, dynamicSecretName?: string): void {
    if (Number.isNaN(parseTtl(maxTTL))) {
      throw new InfisicalConfigError(`"${maxTTL}" is not a TTL such as 10m.`);
    }
    for (const project of this.#context.store.projects.values()) {
      for (const { dynamicSecrets } of project.folders()) {
        for (const secret of dynamicSecrets.values()) {
          if ((dynamicSecretName ?? secret.name) !== secret.name) continue;
          secret.limit(maxTTL);
        }
      }
    }
  }

  lowerTokenMaxTtl(seconds: number, identityId?: string): void {
    const { store } = this.#context;
    for (const identity of store.identities.values()) {
      if ((identityId ?? identity.id) !== identity.id) continue;
      for (const field of Object.values(METHOD_FIELDS)) {
        const auth: Mutable<TokenPolicy> | undefined = identity[field];
        if (!auth) continue;
        // 0 is no limit.
        const { accessTokenMaxTTL, accessTokenTTL } = auth;
        auth.accessTokenMaxTTL = Math.min(
          accessTokenMaxTTL || seconds,
          seconds,
        );
        auth.accessTokenTTL = Math.min(accessTokenTTL || seconds, seconds);
      }
    }
  }

  private secret(place: EmulatorSecretPlace): Secret {
    const { projectSlug, environment, secretPath = '/', secretName } = place;
    const { store } = this.#context;
    const project =
      projectSlug === undefined
        ? [...store.projects.values()][0]
        : store.projectBySlug(projectSlug);
    const folder = project?.environment(environment)?.folder(secretPath);
    const secret = folder?.secrets.get(secretName);
    if (secret) return secret;
    throw new InfisicalConfigError(
      `There is no secret "${secretName}" in "${secretPath}" of environment "${environment}".`,
    );
  }
}

import {
  type AttachToEnvOptions,
  attachToEnv,
  type EnvAttachment,
  processEnv,
} from '../client/process-env.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { Snapshot } from '../secrets/snapshot.js';

/**
 * Which app of this process keeps a variable. The environment is shared by all
 * of them: an app neither takes a variable of another one, nor puts it back.
 */
const keepers = new WeakMap<NodeJS.ProcessEnv, Map<string, EnvironmentLink>>();

/** Keeps environment variables as the secrets of a scope are, from snapshot to snapshot. */
export class EnvironmentLink {
  readonly #env = processEnv();
  readonly #kept: Map<string, EnvironmentLink>;
  #seen: Snapshot | undefined;
  #attachment: EnvAttachment | undefined;
  #subscription: { unsubscribe(): void } | undefined;

  /** @param tell called when other variables are attached than before */
  constructor(
    private readonly state: ScopeState,
    private readonly options: AttachToEnvOptions,
    private readonly tell: (attachment: EnvAttachment) => void,
  ) {
    this.#kept = keepers.get(this.#env) ?? new Map<string, EnvironmentLink>();
    keepers.set(this.#env, this.#kept);
  }

  start(): void {
    this.follow();
    this.#subscription = this.state.changes$.subscribe(() => this.follow());
  }

  /** Puts back what was there before. Harmless when repeated. */
  stop(): void {
    this.#subscription?.unsubscribe();
    this.release();
  }

  private follow(): void {
    const { snapshot } = this.state;
    // One snapshot may have many changes.
    if (!snapshot || snapshot === this.#seen) return;
    this.#seen = snapshot;
    const before = this.#attachment?.attached.join();
    this.release();
    const attachment = this.attach(snapshot);
    this.#attachment = attachment;
    for (const name of attachment.attached) this.#kept.set(name, this);
    if (attachment.attached.join() !== before) this.tell(attachment);
  }

  private attach(snapshot: Snapshot): EnvAttachment {
    const { prefix = '' } = this.options;
    const values = snapshot
      .keys()
      .map((name) => [name, snapshot.get(name)] as const);
    const isForeign = (name: string): boolean => this.#kept.has(prefix + name);
    const foreign = values.filter(([name]) => isForeign(name));
    const attachment = attachToEnv(
      values.filter(([name]) => !isForeign(name)),
      this.options,
      this.#env,
    );
    // Which of them are wanted at all, by trying it where they are set.
    const { skipped } = attachToEnv(
      foreign,
      { ...this.options, override: false },
      Object.fromEntries(foreign.map(([name]) => [prefix + name, ''])),
    );
    return { ...attachment, skipped: [...attachment.skipped, ...skipped] };
  }

  private release(): void {
    for (const name of this.#attachment?.attached ?? []) {
      this.#kept.delete(name);
    }
    this.#attachment?.undo();
    this.#attachment = undefined;
  }
}

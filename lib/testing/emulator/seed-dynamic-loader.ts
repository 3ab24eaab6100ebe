import type { EmulatorContext } from './context.js';
import { DynamicSecret } from './dynamic/models.js';
import type { LeaseProvider } from './dynamic/provider.js';
import { ProviderRegistry } from './dynamic/providers/provider-registry.js';
import type { EmulatorSeedDynamicSecret } from './seed-dynamic.js';
import { badSeed, SeedIssues } from './seed-error.js';
import type { ParsedSeed } from './seed-schema.js';
import type { Folder, Project } from './state/models.js';

type SeedSecret = ParsedSeed['projects'][number]['dynamicSecrets'][number];

/** Dynamic secrets of a project whose environments exist. */
export function loadDynamicSecrets(
  { z, store }: EmulatorContext,
  project: Project,
  secrets: readonly SeedSecret[],
  at: string,
): void {
  if (secrets.length === 0) return;
  const providers = new ProviderRegistry(z, () => store.now());
  secrets.forEach((seed, index) => {
    const where = `${at}.dynamicSecrets.${index}`;
    const environment = project.environment(seed.environment);
    if (!environment) {
      throw badSeed(
        `${where}.environment: project "${project.slug}" has no environment "${seed.environment}"`,
      );
    }
    const folder = environment.ensureFolder(seed.path, store.now());
    if (folder.dynamicSecrets.has(seed.name)) {
      throw badSeed(`${where}.name: "${seed.name}" is used twice`);
    }
    const { name, defaultTTL, maxTTL, usernameTemplate, metadata } = seed;
    const provider = providerOf(providers, seed, where);
    const settings = {
      name,
      defaultTTL,
      maxTTL: maxTTL ?? null,
      usernameTemplate: usernameTemplate ?? null,
      metadata,
      provider,
    };
    const { type } = seed.provider;
    new DynamicSecret(folder, type, settings, store.now());
  });
}

export function exportDynamicSecrets(
  folder: Folder,
): EmulatorSeedDynamicSecret[] {
  return [...folder.dynamicSecrets.values()].map(({ type, settings }) => ({
    environment: folder.environment.slug,
    path: folder.path,
    name: settings.name,
    provider: {
      type,
      inputs: structuredClone(settings.provider.inputs) as Record<
        string,
        unknown
      >,
    },
    defaultTTL: settings.defaultTTL,
    ...(settings.maxTTL !== null && { maxTTL: settings.maxTTL }),
    ...(settings.usernameTemplate !== null && {
      usernameTemplate: settings.usernameTemplate,
    }),
    metadata: structuredClone([...settings.metadata]),
  }));
}

function providerOf(
  providers: ProviderRegistry,
  { provider }: SeedSecret,
  at: string,
): LeaseProvider {
  const result = providers.schema.safeParse(provider);
  if (result.success) return providers.build(result.data);
  const [, ...keys] = `${at}.provider`.split('.');
  throw new SeedIssues(
    result.error.issues.map(({ path, message }) => ({
      path: [...keys, ...path],
      text: `${[at, 'provider', ...path].join('.')}: ${message}`,
    })),
  );
}

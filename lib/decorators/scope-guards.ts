import { SecretsService } from '../secrets/secrets.service.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { describeRoot } from '../common/root-name.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import {
  dependsOn,
  featureOf,
  giverOf,
  markOf,
  type NestModule,
  wrappersOf,
} from './module-graph.js';

/** Refuses modules where Nest would quietly hand out another service than the nearest feature's. */
export function assertServicesNearest(modules: readonly NestModule[]): void {
  for (const module of modules) {
    const giver = giverOf(module, SecretsService);
    const mark = giver && markOf(giver);
    if (!mark || markOf(module)) continue;
    const user = wrappersOf(module).find((wrapper) =>
      dependsOn(wrapper, SecretsService),
    );
    if (user) assertNearest(module, String(user.name), mark, featureOf(module));
  }
}

/**
 * Refuses a scope that is not the nearest. Nest takes the first import that has
 * a token, also one that only re-exports it; and it puts global modules before
 * a lazily loaded module's own imports, so that the root hides the feature for
 * every token that both have.
 */
export function assertNearest(
  module: NestModule,
  className: string,
  given: ScopeMark,
  nearest: NestModule | undefined,
): void {
  const mark = nearest && markOf(nearest);
  if (!mark || given === mark) return;
  const label = mark.label ?? '';
  const what = `${className} in ${module.name} would get the ${given.isFeature ? `scope "${given.label ?? ''}"` : 'root scope'}, although ${module.name} imports forFeature for "${label}"`;
  throw new InfisicalConfigError(
    given.isFeature
      ? `${what}: Nest takes the first import that has one. List forFeature before the modules that re-export a scope in \`imports\`.`
      : `${what}: Nest looks into the root first there. In a lazily loaded module, load the class's file lazily too (import() inside the loader) and inject the service by @InjectSecrets("${label}"); elsewhere, list forFeature before the root in \`imports\`.`,
  );
}

/** What to say of a second root of the same name. */
export function duplicateError(
  root: string | undefined,
  importers: readonly (readonly string[])[],
): InfisicalConfigError {
  const places = importers
    .map((names) => names.join(' and ') || 'the root module')
    .join(', and again by ');
  return new InfisicalConfigError(
    `${describeRoot(root)} is imported more than once: by ${places}. Import it in the root module only and use forFeature elsewhere, or give each root a name of its own: forRoot({ name: "billing", … }).`,
  );
}

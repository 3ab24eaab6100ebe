import type { CallOptions, ScopeOptions } from './client-options.js';
import { PROJECT_OPTIONS, type Shape } from './option-checks.js';

/**
 * Project of a call; what is absent comes from the client's options.
 *
 * @example
 * ```ts
 * const billing: ProjectOptions = { projectSlug: 'billing', timeout: '5s' };
 * const tags = await client.tags.list(billing);
 * ```
 *
 * @publicApi
 */
export type ProjectOptions = Pick<ScopeOptions, 'projectId' | 'projectSlug'> &
  CallOptions;

/** Every option of a method that needs a project only. */
export const IN_PROJECT: Shape<ProjectOptions> = PROJECT_OPTIONS;

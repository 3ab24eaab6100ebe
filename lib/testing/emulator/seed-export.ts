import type { EmulatorContext } from './context.js';
import type { EmulatorSeed } from './seed.js';

/** The state in the shape of a seed. */
export function exportState({ store }: EmulatorContext): EmulatorSeed {
  void store;
  return { projects: [], identities: [] };
}

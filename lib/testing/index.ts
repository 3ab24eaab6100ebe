export {
  type EmulatorGeneration,
  type EmulatorLease,
  type EmulatorRequest,
  type InfisicalEmulatorOptions,
} from './emulator/options.js';
export {
  DEFAULT_EMULATOR_SEED,
  type EmulatorRole,
  type EmulatorSeed,
  type EmulatorSeedEnvironment,
  type EmulatorSeedIdentity,
  type EmulatorSeedProject,
  type EmulatorSeedUniversalAuth,
  type EmulatorSeedUser,
} from './emulator/seed.js';
export { InfisicalEmulator } from './emulator/infisical-emulator.js';
export { VirtualClock } from './virtual-clock.js';

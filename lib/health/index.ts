export type {
  InfisicalErrorFacts,
  InfisicalHealth,
  InfisicalHealthOptions,
  InfisicalHealthProblem,
  InfisicalHealthState,
  InfisicalLeaseHealth,
  InfisicalScopeHealth,
  InfisicalTenantsHealth,
  InfisicalTokenHealth,
} from './health.types.js';
export { InfisicalHealthIndicator } from './infisical-health.indicator.js';
export { InfisicalHealthModule } from './infisical-health.module.js';

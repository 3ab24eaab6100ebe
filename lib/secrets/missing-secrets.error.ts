import { InfisicalError } from '../common/infisical.error.js';

/**
 * A secret that is not there, or not as it should be. Never its value.
 *
 * @example
 * ```ts
 * function describeProblem(problem: SecretProblem): string {
 *   const { name, reason, environment, path, hint } = problem;
 *   return `${name} is ${reason} in ${environment}:${path}. ${hint ?? ''}`;
 * }
 * ```
 *
 * @publicApi
 */
export interface SecretProblem {
  /** Name of the secret. */
  readonly name: string;
  /** `hidden`: it exists, but the identity may not read its value. `invalid`: `parse` or `schema` refused it. */
  readonly reason: 'missing' | 'hidden' | 'invalid';
  /** The class that wants it; absent for a read by name. */
  readonly className?: string;
  readonly property?: string;
  /** Project id or slug. */
  readonly project: string;
  readonly environment: string;
  readonly path: string;
  /** Probable cause. */
  readonly hint?: string;
}

/**
 * All secrets of an app that are missing or invalid, at once.
 *
 * @example
 * ```ts
 * import { AppModule } from './app.module.js';
 *
 * try {
 *   await NestFactory.create(AppModule, { abortOnError: false });
 * } catch (error) {
 *   if (!(error instanceof MissingSecretsError)) throw error;
 *   for (const { name, reason } of error.problems) {
 *     logger.error(`${name}: ${reason}`);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class MissingSecretsError extends InfisicalError {
  readonly problems: readonly SecretProblem[];

  constructor(problems: readonly SecretProblem[], options?: ErrorOptions) {
    super(describe(problems), options);
    this.problems = problems;
  }
}

function describe(problems: readonly SecretProblem[]): string {
  const count =
    problems.length === 1 ? 'One secret is' : `${problems.length} secrets are`;
  return [
    `${count} missing or invalid:`,
    ...problems.map((problem) => `  - ${describeProblem(problem)}`),
    'Create them in Infisical, correct the names, or mark them { optional: true } or give a { default }.',
  ].join('\n');
}

/** One problem in words, without a value. */
export function describeProblem(problem: SecretProblem): string {
  const site = problem.className
    ? `${problem.className}.${problem.property ?? '?'} wants `
    : '';
  const state = {
    missing: 'not found',
    hidden: 'found, but this identity may not read its value',
    invalid: 'found, but its value is not valid',
  }[problem.reason];
  return `${site}${problem.name}: ${state} (project ${problem.project}, environment ${problem.environment}, path ${problem.path})${problem.hint ? `. ${problem.hint}` : ''}`;
}

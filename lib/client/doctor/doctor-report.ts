import type { CallOptions, ScopeOptions } from '../client-options.js';

/**
 * How a check ended: `warning` works now and will be trouble, `skipped` could
 * not be made because an earlier one failed.
 *
 * @example
 * ```ts
 * const bad: DoctorStatus[] = ['failed', 'warning'];
 * const { checks } = await client.doctor();
 * const trouble = checks.filter(({ status }) => bad.includes(status));
 * ```
 *
 * @publicApi
 */
export type DoctorStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/**
 * One thing that a doctor looked at.
 *
 * @example
 * ```ts
 * function line({ name, status, detail, hint }: DoctorCheck): string {
 *   return `${status} ${name}: ${detail}${hint ? ` -> ${hint}` : ''}`;
 * }
 * ```
 *
 * @publicApi
 */
export interface DoctorCheck {
  /** Such as `login`, or `scope prod:/payments`. */
  readonly name: string;
  readonly status: DoctorStatus;
  /** What was found. Names, places and numbers, never a value or a credential. */
  readonly detail: string;
  /** What to do next. */
  readonly hint?: string;
  /** How long it took, in whole milliseconds. */
  readonly ms: number;
}

/**
 * What `client.doctor()` found.
 *
 * @example
 * ```ts
 * const { ok, checks }: DoctorReport = await client.doctor();
 * if (!ok) {
 *   const failed = checks.filter(({ status }) => status === 'failed');
 *   logger.error(
 *     failed.map(({ name, hint }) => `${name}: ${hint}`).join('\n'),
 *   );
 * }
 * ```
 *
 * @publicApi
 */
export interface DoctorReport {
  /** Whether no check failed. */
  readonly ok: boolean;
  /** The server that was looked at; absent when the options name none that can be used. */
  readonly siteUrl?: string;
  /** In the order in which they were made. */
  readonly checks: readonly DoctorCheck[];
}

/**
 * Options of `client.doctor()`. `timeout` is the deadline of each request.
 *
 * @example
 * ```ts
 * const options: DoctorOptions = {
 *   scopes: [{ path: '/payments' }, { environment: 'dev', path: '/mail' }],
 *   timeout: '5s',
 * };
 * const { ok } = await client.doctor(options);
 * ```
 *
 * @publicApi
 */
export interface DoctorOptions extends CallOptions {
  /** Folders to look at; what one leaves out is that of the client. Default: the client's own. */
  scopes?: readonly ScopeOptions[];
}

/** What a check found. */
export type Finding = Pick<DoctorCheck, 'status' | 'detail' | 'hint'>;

/** The checks of every run; those of scopes follow. */
export const CHECK_NAMES = [
  'site URL',
  'connection',
  'server',
  'clock',
  'login',
  'token',
  'secrets API',
  'folders API',
  'KMS API',
] as const;

/** The name of one of them. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** The report of these checks. */
export function reportOf(
  checks: readonly DoctorCheck[],
  siteUrl?: string,
): DoctorReport {
  const ok = checks.every(({ status }) => status !== 'failed');
  return { ok, ...(siteUrl !== undefined && { siteUrl }), checks };
}

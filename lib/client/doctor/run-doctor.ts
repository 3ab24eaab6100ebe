import type { ClientContext } from '../client-context.js';
import type { ScopeOptions } from '../client-options.js';
import { checkInner } from '../name-checks.js';
import {
  ANY_TEXT,
  begin,
  CALL_OPTIONS,
  type Check,
  type Shape,
  TEXT,
} from '../option-checks.js';
import { RouteProbe } from './api-checks.js';
import { Checkup } from './checkup.js';
import {
  type DoctorOptions,
  type DoctorReport,
  reportOf,
} from './doctor-report.js';
import { checkLogin, checkToken, type LoginUsed } from './login-checks.js';
import { ScopeCheck, type ScopeReaders } from './scope-checks.js';
import { checkSiteUrl, ServerStatus } from './server-checks.js';

const SCOPES: Check = {
  expected: 'an array of scopes',
  accepts: (value) => Array.isArray(value),
};

const DOCTOR_OPTIONS: Shape<DoctorOptions> = {
  ...CALL_OPTIONS,
  scopes: SCOPES,
};

const SCOPE: Shape<ScopeOptions> = {
  projectId: TEXT,
  projectSlug: TEXT,
  environment: TEXT,
  path: ANY_TEXT,
};

/**
 * Makes all checks, each with the client's own connection, login and retries.
 *
 * @throws InfisicalConfigError when an option is wrong
 */
export async function runDoctor(
  context: ClientContext,
  readers: ScopeReaders,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const limits = begin('doctor', options, DOCTOR_OPTIONS);
  const scopes = options.scopes ?? [{}];
  scopes.forEach((scope, index) =>
    checkInner('doctor', `scopes[${index}]`, scope, SCOPE),
  );
  const { http, tokens } = context;
  const checkup = new Checkup(http.clock, limits.signal);
  const report = (): DoctorReport =>
    reportOf(checkup.checks, http.site.href.replace(/\/$/, ''));
  // The credentials may bring the address of their server.
  const identified: Promise<LoginUsed> = http.withDeadline(limits, (signal) =>
    tokens.identify(signal),
  );
  const isIdentified = await identified.then(
    () => true,
    () => false,
  );
  await checkup.check('site URL', [], () => checkSiteUrl(http.site));
  const status = new ServerStatus(http);
  await checkup.check('connection', [], () => status.connect(limits));
  await checkup.check('server', ['connection'], () => status.server());
  await checkup.check('clock', ['server'], () => status.clock());
  // Missing credentials are told even where there is no server to take them to.
  await checkup.check('login', isIdentified ? ['server'] : [], async () =>
    checkLogin(context, limits, await identified),
  );
  await checkup.check('token', ['login'], async () =>
    checkToken(context, limits, await identified),
  );
  const probe = new RouteProbe(http, limits);
  const { apiVersion } = context.options;
  await checkup.check('secrets API', ['server'], () =>
    probe.secrets(apiVersion),
  );
  await checkup.check('folders API', ['server'], () => probe.folders());
  await checkup.check('KMS API', ['server'], () => probe.kms());
  if (options.scopes === undefined && !hasOwnScope(context)) {
    await checkup.check('scope', [], () => ({
      status: 'skipped',
      detail: 'the client has no project and environment of its own',
      hint: 'Name the scopes to look at.',
    }));
    return report();
  }
  for (const scope of scopes) {
    const check = new ScopeCheck(context, readers, scope, limits);
    await checkup.check(check.name, ['login', 'token', 'secrets API'], () =>
      check.look(),
    );
  }
  return report();
}

function hasOwnScope({ options: { defaults } }: ClientContext): boolean {
  const { projectId, projectSlug, environment } = defaults;
  return Boolean((projectId ?? projectSlug) && environment);
}

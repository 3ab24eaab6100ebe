/** PostgreSQL does not take the login: the role is gone, its password or its `VALID UNTIL` is over. */
const REFUSED_LOGIN = new Set([
  '28P01', // invalid_password
  '28000', // invalid_authorization_specification
]);

/**
 * What a session meets whose role was dropped under it, but not it alone: a
 * login with the same credentials tells.
 */
const DOUBTFUL = new Set([
  '42501', // insufficient_privilege: also a grant that is missing
  '42704', // undefined_object: the role itself, or any other
  '57P01', // admin_shutdown: pg_terminate_backend, or a restart
]);

/** Whether the credentials are dead; undefined when only a login tells. */
export function tellsDeath(code: unknown): boolean | undefined {
  if (typeof code !== 'string') return false;
  if (REFUSED_LOGIN.has(code)) return true;
  return DOUBTFUL.has(code) ? undefined : false;
}

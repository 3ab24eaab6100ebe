/** What servers say of projects from before the server could decrypt (contract: secrets §12). */
const END_TO_END = /\bE2EE\b|end-to-end|blind ?index/i;

/** What to do after an answer of the server. One place for all advice. */
export function hintFor(
  status: number,
  code: string,
  text: string,
): string | undefined {
  if (status >= 300 && status < 400) {
    return 'Redirects are not followed, because they would carry credentials to another host: set siteUrl to the final address.';
  }
  if (code === 'UnexpectedAnswer') {
    return 'The answer is not Infisical’s own: check siteUrl, and the proxy or load balancer in front of the server.';
  }
  if (status === 401 && /temporarily locked/i.test(text)) {
    return 'Too many failed logins: wait for the lockout to end (5 minutes by default), then check client id and client secret.';
  }
  if (status === 401 && /client secret usage limit/i.test(text)) {
    return 'This client secret has been used as often as it may: make a new one, with a higher number of uses or without a limit.';
  }
  if (status === 401 && /expired client secret/i.test(text)) {
    return 'The life of this client secret is over: make a new one.';
  }
  if (status === 401 && /token.*usage limit|uses limit reached/i.test(text)) {
    return 'This access token has been used as often as it may: raise the limit in the auth method of the identity; each login brings a token with a new count.';
  }
  if (status === 401 && /invalid credentials/i.test(text)) {
    return 'Check client id and client secret, or user name and password; a client secret may also have expired, been revoked or used up.';
  }
  if ((status === 401 || status === 403) && /^access denied: /i.test(text)) {
    return 'Compare the credential with the auth method of this identity in Infisical: signature, expiry, issuer, subject, audience, claims and what it allows.';
  }
  if (status === 403 && /service token has expired/i.test(text)) {
    return 'Service tokens are not renewed: make another one, or a machine identity.';
  }
  if (status === 401 || code === 'TokenError') {
    return 'The access token is missing, expired or revoked: log in again, or check the credentials in `auth`.';
  }
  if (END_TO_END.test(text)) {
    return 'This project still is an end-to-end-encrypted one of 2023, which no client can read any more: upgrade it in its settings in Infisical.';
  }
  if (status === 403 && code === 'ForbiddenError') {
    return 'Check the trusted IP ranges of the machine identity.';
  }
  if (status === 403) {
    return 'Give the machine identity a role in this project that allows it for this environment and path.';
  }
  if (status === 404 && code === 'Not Found') {
    return 'This server has no such route: check siteUrl, or upgrade the server.';
  }
  if (status === 404 && /auth method not found/i.test(text)) {
    return 'Add this auth method to the machine identity, or use one that it has; and check identityId.';
  }
  if (status === 404 && /sub organization/i.test(text)) {
    return 'Check organizationSlug, and that the machine identity belongs to that sub-organization.';
  }
  if (status === 404 && /project/i.test(text)) {
    return 'Check projectId or projectSlug, and that the machine identity is a member of the project.';
  }
  if (status === 404 && /folder|environment/i.test(text)) {
    return 'Check the environment slug and the folder path: the server gives the same answer to a wrong one of either.';
  }
  if (status === 404 && /secret/i.test(text)) {
    return 'Check name (case matters), environment and folder path; a version that was pruned or never was gives the same answer.';
  }
  if (status === 429) {
    return 'Slow down: list a folder once instead of reading secrets one by one.';
  }
  return undefined;
}

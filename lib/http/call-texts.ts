/** What a call says, besides its path. */
interface CallContent {
  readonly query?: object;
  readonly body?: unknown;
}

/** Environment and folder of a call, as the user knows them. */
export function placeOf({ query, body }: CallContent): string | undefined {
  const fields = { ...query, ...(body as object | undefined) } as Record<
    string,
    unknown
  >;
  const read = (...names: string[]): string | undefined =>
    names
      .map((name) => fields[name])
      .find((value) => typeof value === 'string');
  const environment = read(
    'environment',
    'environmentSlug',
    'sourceEnvironment',
  );
  if (environment === undefined) return undefined;
  const path = read('secretPath', 'path', 'sourceSecretPath');
  return `environment ${environment}${path === undefined ? '' : `, path ${path}`}`;
}

/** Shortest text that is looked for in an echo; shorter ones would blank out ordinary words. */
const MIN_CONFIDENTIAL = 6;

/** Keys whose texts are names and places, and may be repeated in an error. */
const PUBLIC_KEYS = new Set([
  'projectId',
  'workspaceId',
  'projectSlug',
  'environment',
  'environmentSlug',
  'secretPath',
  'path',
  'name',
  'secretKey',
  'newSecretName',
  'dynamicSecretName',
  'type',
  'ttl',
  'defaultTTL',
  'maxTTL',
  'clientId',
  'identityId',
  'userOcid',
  'organizationSlug',
  'host',
  'database',
]);

/** Texts of a call that its error must not repeat: the token, and the body's strings but for names and places. */
export function confidentialTexts(body: unknown, token?: string): string[] {
  const texts: string[] = token === undefined ? [] : [token];
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (value.length >= MIN_CONFIDENTIAL && !PUBLIC_KEYS.has(key)) {
        texts.push(value);
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [inner, item] of Object.entries(value)) {
        visit(item, Array.isArray(value) ? key : inner);
      }
    }
  };
  visit(body, '');
  // Long ones first: a short one may be part of a longer one.
  return texts.sort((a, b) => b.length - a.length);
}

const CRUD = ['read', 'create', 'edit', 'delete'];

/**
 * The actions of every subject. The contract confirms the mechanism and the
 * actions on secrets; the words of the others are not confirmed.
 */
export const PERMISSION_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  secrets: [...CRUD, 'describeSecret', 'readValue'],
  'secret-folders': CRUD,
  'secret-imports': CRUD,
  'secret-events': [
    'subscribe-on-created',
    'subscribe-on-updated',
    'subscribe-on-deleted',
    'subscribe-on-import-mutations',
  ],
  tags: CRUD,
  environments: CRUD,
  webhooks: CRUD,
  workspace: ['edit', 'delete'],
  identity: CRUD,
  member: CRUD,
  cmek: [
    ...CRUD,
    'encrypt',
    'decrypt',
    'sign',
    'verify',
    'export-private-key',
    'generate-mac',
    'verify-mac',
  ],
  'dynamic-secrets': [
    'read-root-credential',
    'create-root-credential',
    'edit-root-credential',
    'delete-root-credential',
    'lease',
  ],
};

/** What is wrong with the words of a rule; undefined when nothing is. */
export function misnamed(
  actions: readonly string[],
  subjects: readonly string[],
): string | undefined {
  const names = Object.keys(PERMISSION_ACTIONS);
  const stranger = subjects.find(
    (one) => one !== 'all' && !names.includes(one),
  );
  if (stranger !== undefined) {
    return `unknown subject "${stranger}", known are all, ${names.join(', ')}`;
  }
  // An action has to fit one of the subjects.
  const known = (subjects.includes('all') ? names : subjects).flatMap(
    (one) => PERMISSION_ACTIONS[one] ?? [],
  );
  const wrong = actions.find((one) => one !== 'manage' && !known.includes(one));
  return wrong === undefined
    ? undefined
    : `unknown action "${wrong}" on ${subjects.join(', ')}, known are manage, ${[...new Set(known)].join(', ')}`;
}

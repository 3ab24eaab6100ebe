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
  cmek: [...CRUD, 'encrypt', 'decrypt', 'sign', 'verify', 'export-private-key'],
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
  for (const subject of subjects) {
    if (subject === 'all') continue;
    const known = PERMISSION_ACTIONS[subject];
    if (!known) {
      const all = Object.keys(PERMISSION_ACTIONS).join(', ');
      return `unknown subject "${subject}", known are all, ${all}`;
    }
    const wrong = actions.find(
      (one) => one !== 'manage' && !known.includes(one),
    );
    if (wrong !== undefined) {
      return `unknown action "${wrong}" on ${subject}, known are manage, ${known.join(', ')}`;
    }
  }
  return undefined;
}

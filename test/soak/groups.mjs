/** Secrets of a group, which change together. */
const SIZE = 20;

/** Letter of the names, by folder: the scope of the root, of a feature and of a tenant. */
const LETTERS = { '/': 'R', '/payments': 'P', '/tenant': 'T' };

/** Folders with a group each. */
export const FOLDERS = Object.keys(LETTERS);

/** Folder and name of the secret that calls read and write. */
export const COUNTER = { path: '/calls', name: 'COUNTER' };

/** Names of the secrets of a group. */
export function namesOf(folder) {
  return Array.from(
    { length: SIZE },
    (_, index) => `${LETTERS[folder]}_${String(index).padStart(2, '0')}`,
  );
}

/** The value of a secret in a generation of its group. */
export function valueOf(name, generation) {
  return `${generation} ${name}`;
}

/** The generation of a value; undefined when it is not one of this secret. */
export function generationOf(name, value) {
  const [, generation, of] = /^(\d+) (\w+)$/.exec(value ?? '') ?? [];
  return of === name ? Number(generation) : undefined;
}

/** Secrets by folder, of the first generation. */
export function firstSecrets() {
  const groups = FOLDERS.map((folder) => [
    folder,
    Object.fromEntries(namesOf(folder).map((name) => [name, valueOf(name, 1)])),
  ]);
  return {
    ...Object.fromEntries(groups),
    [COUNTER.path]: { [COUNTER.name]: '0' },
  };
}

/** All secrets of all groups in a generation, for one batch. */
export function nextSecrets(generation) {
  return FOLDERS.flatMap((path) =>
    namesOf(path).map((name) => ({
      path,
      secretKey: name,
      secretValue: valueOf(name, generation),
    })),
  );
}

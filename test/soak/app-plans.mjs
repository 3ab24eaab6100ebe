/** Token engines of the servers. */
export const GENERATIONS = ['gen1', 'middle', 'gen2'];

/** What the apps of a generation differ in. */
const KINDS = [
  {
    what: 'polls, max TTL 20 s',
    maxTtl: 20,
    interval: 2_000,
    recursive: false,
    push: false,
    /** Lists of one refresh: one for each scope. */
    lists: 3,
  },
  {
    what: 'push, no max TTL',
    maxTtl: 0,
    interval: 5_000,
    recursive: true,
    push: true,
    /** One list has all scopes. */
    lists: 1,
  },
];

/** All apps of a run. */
export function planApps(generations) {
  return generations.flatMap((generation) =>
    KINDS.map((kind) => ({
      ...kind,
      generation,
      /** Whether the server moves the end of a token when it renews it. */
      extends: generation !== 'middle',
      name: `${generation}: ${kind.what}`,
    })),
  );
}

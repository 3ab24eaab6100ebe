import { LONGEST_RETRY_AFTER } from './limits.mjs';

/** Calm before the first trouble, and between two. Milliseconds. */
const CALM = { first: 4_000, from: 4_000, to: 12_000 };

/** Length of a trouble. Milliseconds. */
const LASTS = { from: 1_000, to: 6_000 };

/** What a trouble may hit. The batches of the rotation are not among it. */
const LISTS = { method: 'GET', path: '/api/v4/secrets' };
const EVERYTHING = [
  { method: 'GET' },
  { method: 'POST' },
  { method: 'PATCH', path: '/api/v4/secrets/:secretName' },
];
const ANSWERED = [{ method: 'GET' }, { method: 'POST' }];

const PAGE =
  '<!doctype html><title>Sign in</title><p>Please sign in to the network.';

/**
 * Every kind of trouble, made by chance: rules of the emulator, or what is done
 * to it at the begin.
 */
const KINDS = {
  latency: ({ pick, share }) => ({
    rules: everything({
      kind: 'latency',
      delay: 200 + share() * 800,
      jitter: 200,
      when: pick(['before', 'after']),
      rate: 0.3 + share() * 0.7,
    }),
  }),
  'server errors': ({ pick, share }) => ({
    rules: everything({
      kind: 'error',
      status: pick([500, 502, 503, 504]),
      when: pick(['before', 'after']),
      rate: 0.3 + share() * 0.7,
    }),
  }),
  'lists refused': ({ pick }) => ({
    rules: [
      {
        ...LISTS,
        kind: 'error',
        status: pick([400, 403, 404]),
        ...pick([{}, { error: 'PermissionDenied' }]),
      },
    ],
  }),
  'rate limit': ({ pick, share }) => ({
    rules: everything({
      kind: 'rate-limit',
      headers: pick([true, false]),
      retryAfter: 1 + Math.floor(share() * LONGEST_RETRY_AFTER),
      rate: 0.3 + share() * 0.7,
    }),
  }),
  resets: ({ pick, share }) => ({
    rules: everything({
      kind: 'reset',
      when: pick(['before', 'after']),
      rate: 0.3 + share() * 0.7,
    }),
  }),
  hangs: ({ pick, share }) => ({
    rules: everything({
      kind: 'hang',
      when: pick(['before', 'after', 'body']),
      rate: 0.2 + share() * 0.6,
    }),
  }),
  'cut bodies': ({ pick, share }) => ({
    rules: everything({
      kind: 'truncate',
      framing: pick(['kept', 'adapted']),
      rate: 0.3 + share() * 0.7,
    }),
  }),
  garbage: ({ pick, share }) => ({
    rules: ANSWERED.map((place) => ({
      ...place,
      kind: 'content-type',
      ...pick([
        { contentType: 'text/html', body: PAGE },
        { contentType: 'application/json', body: '{}' },
        { contentType: 'application/json', body: '{"secrets":[{}]}' },
      ]),
      rate: 0.3 + share() * 0.7,
    })),
  }),
  'unreachable for a while': () => ({ rules: everything({ kind: 'reset' }) }),
  'down for a while': () => ({
    rules: everything({ kind: 'error', status: 503 }),
  }),
  restart: () => ({ rules: [], act: 'restart' }),
  'tokens expired': () => ({ rules: [], act: 'expire' }),
  'tokens revoked': () => ({ rules: [], act: 'revoke' }),
  'tokens expired in an outage': () => ({
    rules: everything({ kind: 'reset' }),
    act: 'expire',
  }),
};

function everything(fault) {
  return EVERYTHING.map((place) => ({ ...place, ...fault }));
}

/**
 * The troubles of one server in the order of their begin: each with its kind,
 * begin and length. No kind comes again before all others had their turn.
 */
export function planTroubles(random, length) {
  const pick = (items) => items[Math.floor(random() * items.length)];
  const between = ({ from, to }) => from + random() * (to - from);
  const troubles = [];
  let deck = [];
  let at = CALM.first;
  for (;;) {
    if (deck.length === 0) deck = Object.keys(KINDS);
    const [what] = deck.splice(Math.floor(random() * deck.length), 1);
    const lasts = between(LASTS);
    if (at + lasts > length) return troubles;
    troubles.push({ what, at, lasts, ...KINDS[what]({ pick, share: random }) });
    at += lasts + between(CALM);
  }
}

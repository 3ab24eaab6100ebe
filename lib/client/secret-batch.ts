/** Secrets of one batch request. The server states no limit. */
const MAX_SECRETS = 100;

/** The largest body that a server takes, in bytes (contract: secrets §1). */
const MAX_BYTES = 1_048_576;

/** A secret of a batch with the folder it is in. */
export interface BatchItem {
  readonly path: string;
  readonly body: {
    readonly secretKey: string;
    readonly newSecretName?: string;
  };
}

/** Secrets of one request. */
export interface Batch {
  /** Index of the first one. */
  readonly start: number;
  readonly items: readonly BatchItem[];
}

/**
 * Cuts a list into requests, by number and by size. A secret that is too large
 * for any request is sent alone: the server decides. The same name in two
 * folders is not in one request, so that the answers can be told apart.
 *
 * @param frame bytes of the body without its secrets
 */
export function cutBatches(
  items: readonly BatchItem[],
  frame: number,
): Batch[] {
  const batches: Batch[] = [];
  let start = 0;
  let bytes = frame;
  let paths = new Map<string, string>();
  items.forEach((item, index) => {
    // With its comma.
    const size = Buffer.byteLength(JSON.stringify(item.body)) + 1;
    const name = answeredName(item);
    const isFull =
      index - start === MAX_SECRETS ||
      bytes + size > MAX_BYTES ||
      (paths.get(name) ?? item.path) !== item.path;
    if (index > start && isFull) {
      batches.push({ start, items: items.slice(start, index) });
      start = index;
      bytes = frame;
      paths = new Map();
    }
    bytes += size;
    paths.set(name, item.path);
  });
  if (items.length > 0) batches.push({ start, items: items.slice(start) });
  return batches;
}

/** The name that the answer has: a renamed secret has its new one. */
export function answeredName({ body }: BatchItem): string {
  return (body.newSecretName ?? body.secretKey).trim();
}

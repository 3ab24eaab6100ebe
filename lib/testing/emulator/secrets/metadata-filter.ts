import type { SecretMetadata } from '../state/models.js';

export interface MetadataPair {
  readonly key: string;
  readonly value: string;
}

/** `key=K1,value=V1|key=K2,value=V2` (contract: secrets §2.8). */
export function parseMetadataFilter(text: string): MetadataPair[] {
  return text.split('|').flatMap((item) => {
    const words = item.split(/[,=]/).map((word) => word.trim());
    const after = (name: string): string | undefined => {
      const at = words.findIndex((word) => word.toLowerCase() === name);
      return at < 0 ? undefined : words[at + 1];
    };
    const key = after('key');
    const value = after('value');
    return key && value ? [{ key, value }] : [];
  });
}

/** Every pair must be there; encrypted metadata never matches. */
export function matchesMetadata(
  metadata: readonly SecretMetadata[],
  pairs: readonly MetadataPair[],
): boolean {
  return pairs.every((pair) =>
    metadata.some(
      ({ key, value, isEncrypted }) =>
        !isEncrypted && key === pair.key && value === pair.value,
    ),
  );
}

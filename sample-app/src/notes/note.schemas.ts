import { z } from 'zod';

// Older Infisical servers encrypt at most 4096 bytes at once. A character has
// up to 4 bytes in UTF-8.
export const noteSchema = z.object({ text: z.string().min(1).max(1000) });

export const encryptedNoteSchema = z.object({
  ciphertext: z.base64().min(1).max(20_000),
});

export type Note = z.infer<typeof noteSchema>;

export type EncryptedNote = z.infer<typeof encryptedNoteSchema>;

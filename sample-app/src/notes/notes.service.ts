import { BadRequestException, Injectable } from '@nestjs/common';
import {
  InfisicalHttpError,
  InfisicalValidationError,
  KmsService,
} from 'nestjs-infisical';
import type { EncryptedNote, Note } from './note.schemas.js';

/** Name of the key in the project's KMS. */
export const NOTES_KEY = 'sample-notes';

/** Encrypts and decrypts on the server: the key never comes here. */
@Injectable()
export class NotesService {
  constructor(private readonly kms: KmsService) {}

  async encrypt({ text }: Note): Promise<EncryptedNote> {
    return { ciphertext: await this.kms.encrypt(NOTES_KEY, text) };
  }

  async decrypt({ ciphertext }: EncryptedNote): Promise<Note> {
    try {
      const text = await this.kms.decrypt(NOTES_KEY, ciphertext);
      return { text: text.toString('utf8') };
    } catch (error) {
      // Infisical answers 500 to a ciphertext of another key, and to a damaged
      // one. Here it came from our caller, so it is the caller's mistake.
      if (
        error instanceof InfisicalValidationError ||
        (error instanceof InfisicalHttpError && error.status === 500)
      ) {
        throw new BadRequestException(
          'This is not a ciphertext of POST /notes, or it is damaged.',
        );
      }
      throw error;
    }
  }
}

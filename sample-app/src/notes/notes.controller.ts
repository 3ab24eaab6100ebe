import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  type EncryptedNote,
  encryptedNoteSchema,
  type Note,
  noteSchema,
} from './note.schemas.js';
import { NotesService } from './notes.service.js';

@Controller('notes')
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @Post()
  encrypt(@Body({ schema: noteSchema }) note: Note): Promise<EncryptedNote> {
    return this.notes.encrypt(note);
  }

  @Post('decrypt')
  @HttpCode(200)
  decrypt(
    @Body({ schema: encryptedNoteSchema }) note: EncryptedNote,
  ): Promise<Note> {
    return this.notes.decrypt(note);
  }
}

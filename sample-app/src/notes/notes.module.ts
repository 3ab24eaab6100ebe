import { Module } from '@nestjs/common';
import { NotesController } from './notes.controller.js';
import { NotesService } from './notes.service.js';

/** No forFeature here: `KmsService` comes from the root, which is global. */
@Module({
  controllers: [NotesController],
  providers: [NotesService],
})
export class NotesModule {}

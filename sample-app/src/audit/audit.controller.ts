import { Body, Controller, Post } from '@nestjs/common';
import { type Note, noteSchema } from '../notes/note.schemas.js';
import { AuditService } from './audit.service.js';

@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Post()
  sign(@Body({ schema: noteSchema }) { text }: Note) {
    return { text, signature: this.audit.sign(text) };
  }
}

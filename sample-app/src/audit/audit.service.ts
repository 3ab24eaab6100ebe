import { Injectable } from '@nestjs/common';
import { Secret } from 'nestjs-infisical';
import { createHmac } from 'node:crypto';

@Injectable()
export class AuditService {
  @Secret('SIGNING_KEY', { root: 'audit' }) private readonly key!: string;

  /** Tells later that nobody changed the text. */
  sign(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('hex');
  }
}

import { Injectable, Module } from '@nestjs/common';
import {
  InfisicalModule,
  KmsService,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { KMS_KEY } from './options.js';

@Injectable()
export class PaymentsService {
  @Secret('API_KEY') readonly apiKey!: string;
  @Secret('RETRIES', { parse: Number }) readonly retries!: number;
  @Secret('REGION', { default: 'eu' }) readonly region!: string;

  constructor(
    readonly secrets: SecretsService,
    private readonly kms: KmsService,
  ) {}

  async thereAndBack(text: string): Promise<string> {
    const ciphertext = await this.kms.encrypt(KMS_KEY, text);
    return (await this.kms.decrypt(KMS_KEY, ciphertext)).toString('utf8');
  }
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsService],
  exports: [PaymentsService],
})
export class PaymentsModule {}

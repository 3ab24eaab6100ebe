import { Injectable, NotFoundException } from '@nestjs/common';
import { InfisicalNotFoundError, SecretsService } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

@Injectable()
export class TenantsService {
  constructor(private readonly secrets: SecretsService) {}

  /**
   * The first call lists the tenant's folder; later ones read from memory, and
   * the folder is refreshed with all others. Ask each time: a scope that is not
   * used for long is given up.
   */
  async maskedApiKey(tenant: string): Promise<string> {
    try {
      const scope = await this.secrets.scope({ path: `/tenants/${tenant}` });
      return mask(scope.getOrThrow('API_KEY'));
    } catch (error) {
      if (!(error instanceof InfisicalNotFoundError)) throw error;
      throw new NotFoundException('There is no such tenant.');
    }
  }
}

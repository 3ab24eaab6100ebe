import { BadRequestException, Controller, Get, Param } from '@nestjs/common';
import { TenantsService } from './tenants.service.js';

@Controller('tenants')
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @Get(':tenant')
  async show(@Param('tenant') tenant: string) {
    // It becomes part of a path, so it must not lead anywhere else.
    if (!/^[\w-]{1,40}$/.test(tenant)) {
      throw new BadRequestException('A tenant is a name.');
    }
    return {
      folder: `/tenants/${tenant}`,
      API_KEY: await this.tenants.maskedApiKey(tenant),
    };
  }
}

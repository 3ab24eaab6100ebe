import { Controller, Get } from '@nestjs/common';
import { InfisicalClient } from 'nestjs-infisical';

/** Everything that is not a secret of the app is asked of the client, which has the module's login. */
@Controller('environments')
export class EnvironmentsController {
  constructor(private readonly infisical: InfisicalClient) {}

  @Get()
  async show() {
    const environments = await this.infisical.environments.list();
    return { environments: environments.map(({ slug }) => slug) };
  }
}

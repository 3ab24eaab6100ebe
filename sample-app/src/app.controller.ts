import { Controller, Get } from '@nestjs/common';
import { SecretsService } from 'nestjs-infisical';
import { mask } from './common/mask.js';
import { ROUTES } from './routes.js';

/** AppModule has no forFeature, so this is the `SecretsService` of the root scope: the folder /. */
@Controller()
export class AppController {
  constructor(private readonly secrets: SecretsService) {}

  @Get()
  show() {
    return {
      name: 'nestjs-infisical sample app',
      secrets: {
        APP_NAME: mask(this.secrets.getOrThrow('APP_NAME')),
        SESSION_SECRET: mask(this.secrets.getOrThrow('SESSION_SECRET')),
      },
      routes: ROUTES,
    };
  }
}

import { Controller, Get } from '@nestjs/common';
import { Secret } from 'nestjs-infisical';
import { mask } from './common/mask.js';
import { ROUTES } from './routes.js';

/** AppModule has no forFeature, so these are secrets of the root scope: the folder /. */
@Controller()
export class AppController {
  @Secret('APP_NAME') private readonly appName!: string;

  @Secret('SESSION_SECRET') private readonly sessionSecret!: string;

  @Get()
  show() {
    return {
      name: 'nestjs-infisical sample app',
      secrets: {
        APP_NAME: mask(this.appName),
        SESSION_SECRET: mask(this.sessionSecret),
      },
      routes: ROUTES,
    };
  }
}

import { Controller, Get } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Secret } from 'nestjs-infisical';
import { mask } from './common/mask.js';
import { ROUTES } from './routes.js';

/** AppModule has no forFeature, so these are secrets of the root scope: the folder /. */
@Controller()
export class AppController {
  @Secret('SESSION_SECRET') private readonly sessionSecret!: string;

  constructor(private readonly config: ConfigService) {}

  @Get()
  show() {
    return {
      name: 'nestjs-infisical sample app',
      secrets: {
        // By ConfigService, for code that knows nothing of Infisical.
        APP_NAME: mask(this.config.getOrThrow<string>('APP_NAME')),
        SESSION_SECRET: mask(this.sessionSecret),
        // By process.env, as a library would read it.
        LIBRARY_API_KEY: mask(process.env.LIBRARY_API_KEY ?? ''),
      },
      routes: ROUTES,
    };
  }
}

import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { InfisicalHealthModule } from 'nestjs-infisical/terminus';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), InfisicalHealthModule],
  controllers: [HealthController],
})
export class HealthModule {}

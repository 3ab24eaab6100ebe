import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { databaseConfig } from './database.config.js';
import { OrdersController } from './orders.controller.js';
import { OrdersDatabase } from './orders.database.js';
import { OrdersRepository } from './orders.repository.js';

/** A real PostgreSQL, without a password anywhere in the configuration. */
@Module({
  imports: [ConfigModule.forFeature(databaseConfig)],
  controllers: [OrdersController],
  providers: [OrdersDatabase, OrdersRepository],
  exports: [OrdersDatabase],
})
export class OrdersModule {}

import { Body, Controller, Get, Post } from '@nestjs/common';
import { type NewOrder, newOrderSchema, type Order } from './order.schemas.js';
import { OrdersRepository } from './orders.repository.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersRepository) {}

  @Get()
  list(): Promise<Order[]> {
    return this.orders.latest();
  }

  @Post()
  create(@Body({ schema: newOrderSchema }) order: NewOrder): Promise<Order> {
    return this.orders.create(order);
  }
}

import { Injectable } from '@nestjs/common';
import type { NewOrder, Order } from './order.schemas.js';
import { OrdersDatabase } from './orders.database.js';

const COLUMNS = 'id, item, quantity, created_at AS "createdAt"';

/** Plain SQL: it does not know that the credentials change now and then. */
@Injectable()
export class OrdersRepository {
  constructor(private readonly database: OrdersDatabase) {}

  latest(): Promise<Order[]> {
    return this.database.query<Order>(
      `SELECT ${COLUMNS} FROM sample.orders ORDER BY id DESC LIMIT 100`,
    );
  }

  async create({ item, quantity }: NewOrder): Promise<Order> {
    const [order] = await this.database.query<Order>(
      `INSERT INTO sample.orders (item, quantity) VALUES ($1, $2) RETURNING ${COLUMNS}`,
      [item, quantity],
    );
    return order as Order;
  }
}

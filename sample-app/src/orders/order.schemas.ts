import { z } from 'zod';

export const newOrderSchema = z.object({
  item: z.string().trim().min(1).max(100),
  quantity: z.int().min(1).max(1000),
});

export type NewOrder = z.infer<typeof newOrderSchema>;

export interface Order extends NewOrder {
  readonly id: number;
  readonly createdAt: Date;
}

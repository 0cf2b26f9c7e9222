import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { idSchema, orderNoSchema } from '@campus-ecode/protocol/shapes'
import { z } from 'zod'

const bookedSchema = z.object({
  orderNo: orderNoSchema,
  /** Who ordered, by this site's own id for them. */
  person: idSchema,
  amountFen: z.int(),
  description: z.string(),
  at: z.iso.datetime(),
})
/** An order as the canteen knows it by itself. Whether it is paid, the core knows. */
export type Booked = z.infer<typeof bookedSchema>

export interface OrderBook {
  /** Resolves once the order is on disk: only then may its number be sent (R33). */
  add(order: Booked): Promise<void>
  find(orderNo: string): Booked | undefined
  /** Newest first. */
  list(person: string, count: number): Booked[]
}

/** Opens the canteen's file, one order a line. */
export async function openOrderBook(path: string): Promise<OrderBook> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a', 0o600)
  const text = await readFile(path, 'utf8')
  const orders = parse(text)
  // A line that a crash cut short would swallow the next one.
  if (!/(^|\n)$/.test(text)) await file.write('\n')
  return {
    async add(order) {
      await file.write(`${JSON.stringify(order)}\n`)
      await file.datasync()
      orders.push(order)
    },
    find: (orderNo) => orders.findLast((order) => order.orderNo === orderNo),
    list: (person, count) =>
      orders
        .filter((order) => order.person === person)
        .slice(-count)
        .reverse(),
  }
}

function parse(text: string): Booked[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [bookedSchema.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}

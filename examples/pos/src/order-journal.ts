import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { orderNoSchema } from '@campus-ecode/protocol/shapes'
import { z } from 'zod'

const orderSchema = z.object({
  terminalId: z.string(),
  orderNo: orderNoSchema,
  listFen: z.int(),
  at: z.iso.datetime(),
})
/** An order as the till knows it by itself. What became of it, the core knows. */
export type Order = z.infer<typeof orderSchema>

export interface OrderJournal {
  /** Resolves once the order is on disk: only then may its number be sent (R33). */
  add(order: Order): Promise<void>
  /** Newest first. */
  list(terminalId: string, count: number): Order[]
  find(terminalId: string, orderNo: string): Order | undefined
}

/** Opens the file of a POS, one order a line; never a code. */
export async function openOrderJournal(path: string): Promise<OrderJournal> {
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
      if (orders.length > 2 * KEPT) orders.splice(0, KEPT)
    },
    list: (terminalId, count) =>
      orders
        .filter((order) => order.terminalId === terminalId)
        .slice(-count)
        .reverse(),
    find: (terminalId, orderNo) =>
      orders.findLast((order) => order.terminalId === terminalId && order.orderNo === orderNo),
  }
}

/** Older orders are in the file for whoever asks; a till needs its latest. */
const KEPT = 500

function parse(text: string): Order[] {
  return text
    .split('\n')
    .slice(-KEPT)
    .flatMap((line) => {
      try {
        return [orderSchema.parse(JSON.parse(line))]
      } catch {
        return []
      }
    })
}

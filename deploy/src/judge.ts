import { request } from 'undici'
import { z } from 'zod'
import { SCHOOL_ID } from './campus.ts'
import type { Told } from './load.ts'
import { onServer, type Server, waitUntil } from './postgres-pair.ts'
import { runProgram } from './program.ts'

interface PaidRow {
  order_no: string
  payment_id: string
  status: string
  amount_fen: string
  channel: string
  posted: string
  posted_fen: string | null
}

const debitSchema = z.array(
  z.object({ kind: z.string(), reference: z.string(), amountFen: z.int() }),
)

/**
 * Holds what tills were told against the books, and the books against bank and one-card system: what was
 * acknowledged is there once, with its amount, and nothing was taken twice.
 *
 * @returns What is wrong, in words.
 */
export async function judge(options: {
  told: readonly Told[]
  server: Server
  sandboxUrl: string
  coreEnv: Readonly<Record<string, string>>
}): Promise<string[]> {
  const { told, server, sandboxUrl, coreEnv } = options
  const { rows } = await onServer(server, async (client) => {
    // What a refused payment is owed is given back after the till was told.
    await waitUntil(
      client,
      `select where not exists (select from external_movements where state = 'open')`,
    )
    return client.query<PaidRow>(
      `select p.order_no, p.payment_id, p.status, p.amount_fen, p.channel,
              count(t.transaction_id) as posted, sum(t.amount_fen) as posted_fen
         from payments p
         left join postings t on t.school_id = p.school_id and t.payment_id = p.payment_id and t.kind = 'payment'
        where p.school_id = $1
        group by p.school_id, p.terminal_id, p.order_no`,
      [SCHOOL_ID],
    )
  })
  const byOrder = new Map(rows.map((row) => [row.order_no, row]))
  const wrong: string[] = []
  for (const { orderNo, outcome, paymentId, amountFen } of told) {
    const row = byOrder.get(orderNo)
    if (outcome === 'paid') {
      if (!row) wrong.push(`${orderNo} was acknowledged and is lost`)
      else if (row.status !== 'PAID' || row.payment_id !== paymentId) {
        wrong.push(`${orderNo} was acknowledged and is ${row.status}`)
      } else if (row.posted !== '1' || Number(row.posted_fen) !== amountFen) {
        wrong.push(`${orderNo} was posted ${row.posted} times, ${row.posted_fen} fen`)
      }
    } else if (outcome === 'open') wrong.push(`${orderNo} is still open`)
    else if (row?.status === 'PAID') wrong.push(`${orderNo} was ${outcome} and is PAID`)
  }
  const known = new Set(told.map(({ orderNo }) => orderNo))
  for (const { order_no: orderNo, status } of rows) {
    if (!known.has(orderNo) && status === 'PAID') wrong.push(`${orderNo} was paid and nobody told`)
  }
  for (const [port, channel] of [
    ['bank', 'bank_card'],
    ['one-card', 'one_card'],
  ] as const) {
    const taken = await readTaken(`${sandboxUrl}/${port}/journal`)
    for (const row of rows.filter((each) => each.channel === channel)) {
      const at = `pay-${row.payment_id}`
      const due = row.status === 'PAID' ? Number(row.amount_fen) : 0
      const has = taken.get(at) ?? 0
      if (has !== due) wrong.push(`${port} took ${has} fen for ${row.order_no}, due ${due}`)
      taken.delete(at)
    }
    for (const [reference, fen] of taken) {
      if (reference.startsWith('pay-') && fen !== 0) {
        wrong.push(`${port} took ${fen} fen for ${reference}, which the books do not know`)
      }
    }
  }
  const url = new URL(`postgres://${server.connection.host}:${server.connection.port}/campus_ecode`)
  url.username = 'postgres'
  url.password = server.connection.password
  const books = await runProgram('packages/core/dist/cli.js', ['check-books'], {
    ...coreEnv,
    DATABASE_URL: url.href,
  })
  if (!books.includes('the books are right')) wrong.push(books.trim())
  return wrong
}

/** By reference: what was debited less what was given back. */
async function readTaken(url: string): Promise<Map<string, number>> {
  const answer = await request(url)
  const taken = new Map<string, number>()
  for (const { kind, reference, amountFen } of debitSchema.parse(await answer.body.json())) {
    if (kind === 'debited') taken.set(reference, (taken.get(reference) ?? 0) + amountFen)
    if (kind === 'reversed') taken.set(reference, 0)
  }
  return taken
}

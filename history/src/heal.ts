import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { CoreWire } from './clients/signed-http.ts'
import type { Terminals, Wish } from './clients/terminals.ts'

/** A movement's worker asks at least once a minute. */
const MOVEMENTS_MS_MAX = 90_000
const ASKERS = 16

/**
 * Waits until the outside systems have been asked about everything. Nothing is hurried: that the
 * worker gets there by itself is one of the promises.
 *
 * @returns How many movements are still open when the time is up.
 */
export async function awaitMovements(client: pg.Client): Promise<number> {
  const deadline = Date.now() + MOVEMENTS_MS_MAX
  for (;;) {
    const { rows } = await client.query<{ open: number }>(
      `select count(*)::int as open from external_movements where state = 'open'`,
    )
    const open = rows[0]?.open ?? 0
    if (open === 0 || Date.now() > deadline) return open
    await sleep(100)
  }
}

/** Each terminal asks once more about each of its orders and refunds, until it is answered. */
export async function askAboutEverything(
  terminals: Terminals,
  cores: readonly CoreWire[],
): Promise<void> {
  const wishes: Wish[] = []
  for (const { order, refundNos } of terminals.orders.values()) {
    wishes.push({ verb: 'query', order })
    for (const refundNo of refundNos) wishes.push({ verb: 'queryRefund', order, refundNo })
  }
  const askers = Array.from({ length: ASKERS }, async () => {
    for (let wish = wishes.pop(); wish; wish = wishes.pop()) {
      for (let tries = 0; tries < 5; tries++) {
        const core = cores[(wishes.length + tries) % cores.length]
        if (core && (await terminals.ask(wish, core)).outcome !== 'info') break
      }
    }
  })
  await Promise.all(askers)
}

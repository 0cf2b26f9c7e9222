import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { CoreWire } from './clients/signed-http.ts'
import type { Terminals, Wish } from './clients/terminals.ts'
import type { Transfers } from './clients/transfers.ts'
import type { Ways } from './clients/ways.ts'
import type { WaysWorld } from './ways/diary-lines.ts'

/** A movement's worker asks at least once a minute. */
const REST_MS_MAX = 90_000
const ASKERS = 16

/**
 * Waits until the outside systems have been asked about everything, no order waits for a password and no core is at work on a call
 * whose client is long gone, or until the time is up. Nothing is hurried: that the worker gets there
 * by itself is one of the promises.
 */
export async function awaitRest(client: pg.Client): Promise<void> {
  const deadline = Date.now() + REST_MS_MAX
  while (Date.now() < deadline) {
    const { rows } = await client.query<Record<'open' | 'waiting' | 'busy', boolean>>(
      `select exists (select from external_movements where state = 'open') as open,
              exists (select from payments where status = 'AWAITING_PASSWORD')
                or exists (select from water_sessions where status = 'RUNNING') as waiting,
              exists (select from pg_stat_activity
                       where datname = current_database() and pid <> pg_backend_pid()
                         and backend_type = 'client backend' and state <> 'idle') as busy`,
    )
    if (rows.every(({ open, waiting, busy }) => !open && !waiting && !busy)) return
    await sleep(100)
  }
}

/**
 * What is begun on the phone waits five minutes for the password, a silent shower three, a charge by a code of
 * WeChat's a minute and a half: here all are over at once, by the database's clock. That the core then ends them by itself is one of the promises.
 */
export async function endWhatWouldWait(client: pg.Client, ways: WaysWorld): Promise<void> {
  const terminals = ways.terminals.map(({ id }) => id)
  await client.query(
    `update payments set confirm_by = now()
      where status = 'AWAITING_PASSWORD' and means <> 'wechat' and terminal_id = any ($1)`,
    [terminals],
  )
  await client.query(
    `update water_sessions set heard_at = heard_at - interval '1 hour' where status = 'RUNNING'`,
  )
  // A charge that WeChat has never seen is certain only when its code has died.
  await client.query(
    `update external_movements set created_at = created_at - interval '2 minutes', next_attempt_at = now()
      where port = 'wechat' and state = 'open'`,
  )
}

/** Everything that was begun in other ways is asked about once more, until there is an answer. */
export async function askAboutWays(ways: Ways, cores: readonly CoreWire[]): Promise<void> {
  const looks = [...ways.looks.values()]
  const askers = Array.from({ length: ASKERS }, async () => {
    for (let look = looks.pop(); look; look = looks.pop()) {
      for (let tries = 0; tries < 5; tries++) {
        const core = cores[(looks.length + tries) % cores.length]
        if (core && (await look(core)).outcome !== 'info') break
      }
    }
  })
  await Promise.all(askers)
}

/**
 * Each terminal asks once more about each of its orders and refunds, each page about its transfers,
 * until it is answered.
 */
export async function askAboutEverything(
  terminals: Terminals,
  transfers: Transfers,
  cores: readonly CoreWire[],
): Promise<void> {
  const wishes: Wish[] = []
  for (const { order, refundNos } of terminals.orders.values()) {
    wishes.push({ verb: 'query', order })
    for (const refundNo of refundNos) wishes.push({ verb: 'queryRefund', order, refundNo })
  }
  const ids = [...transfers.known]
  const askers = Array.from({ length: ASKERS }, async () => {
    for (let wish = wishes.pop(); wish; wish = wishes.pop()) {
      for (let tries = 0; tries < 5; tries++) {
        const core = cores[(wishes.length + tries) % cores.length]
        if (core && (await terminals.ask(wish, core)).outcome !== 'info') break
      }
    }
    for (let next = ids.pop(); next; next = ids.pop()) {
      const [transferId, person] = next
      for (let tries = 0; tries < 5; tries++) {
        const core = cores[(ids.length + tries) % cores.length]
        if (core && (await transfers.get(person, transferId, core)).outcome !== 'info') break
      }
    }
  })
  await Promise.all(askers)
}

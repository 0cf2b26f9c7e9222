import { setTimeout as sleep } from 'node:timers/promises'
import type { Services } from '../http/operation.ts'
import type { Worker } from '../movements/worker.ts'
import type { AllowedNetworks } from './allowed-address.ts'
import { type Courier, createCourier, type Delivery } from './deliver.ts'
import { claimDueWebhooks, type DueWebhook, setDelivered, setFailed } from './store.ts'
import { tellSchools } from './tell-school.ts'

const POLL_MS = 500
const AT_ONCE_MAX = 32
const PER_ENDPOINT_MAX = 4
/** After the first attempt, the second and so on; about a day in all, then it is given up. */
const RETRY_SECONDS = [
  5,
  30,
  120,
  600,
  1_800,
  3_600,
  2 * 3_600,
  4 * 3_600,
  8 * 3_600,
  8 * 3_600,
] as const

/**
 * Delivers webhooks until it is stopped; any number of core processes may. Each is delivered at least
 * once: an answer that is lost, or a process that ends, makes it be sent again under the same id.
 */
export function startWebhookWorker(services: Services, networks: AllowedNetworks): Worker {
  const stopping = new AbortController()
  const { signal } = stopping
  const courier = createCourier(services, networks)
  const deliveries = createDeliveries(services, courier, signal)
  const loop = (async () => {
    while (!signal.aborted) {
      await tellSchools(services).catch((error) =>
        services.log.error({ err: error }, 'a school was not told what happened'),
      )
      await deliveries
        .begin()
        .catch((error) => services.log.error({ err: error }, 'webhooks were not looked for'))
      // Whatever is done makes room for the next at once.
      const pause = sleep(POLL_MS, undefined, { signal }).catch(() => {})
      await Promise.race([pause, deliveries.oneDone()])
    }
    await deliveries.idle()
    await courier.close()
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}

/** Tells all that is due, once, and waits for the answers. */
export async function deliverDueWebhooks(services: Services, courier: Courier): Promise<void> {
  const deliveries = createDeliveries(services, courier, new AbortController().signal)
  await deliveries.begin()
  await deliveries.idle()
}

function createDeliveries(services: Services, courier: Courier, signal: AbortSignal) {
  const { db, log } = services
  const running = new Map<Promise<void>, string>()

  async function deliver(webhook: DueWebhook): Promise<void> {
    const { school_id: schoolId, webhook_id: webhookId, attempt_count: attempt } = webhook
    const delivery = await courier.deliver(webhook, signal).catch((error): Delivery => {
      log.error({ err: error, schoolId, webhookId }, 'a webhook could not be written')
      return { failure: 'not sent' }
    })
    if (delivery === 'delivered') return setDelivered(db.pool, webhook)
    // We are leaving, and the next process begins where its lease ends.
    if (signal.aborted) return
    const failure = delivery === 'gone' ? 'no address' : delivery.failure
    const retry = delivery === 'gone' ? undefined : RETRY_SECONDS[attempt - 1]
    // Not all at the same moment after an outage.
    const retrySeconds = retry === undefined ? null : retry * (1 + Math.random() / 10)
    await setFailed(db.pool, webhook, failure, retrySeconds)
    log.info({ schoolId, webhookId, attempt, failure, retrySeconds }, 'a webhook was not taken')
  }

  return {
    async begin() {
      const free = AT_ONCE_MAX - running.size
      if (free <= 0) return
      const busyIds = [...new Set(running.values())]
      const due = await claimDueWebhooks(db.pool, busyIds, PER_ENDPOINT_MAX, free)
      for (const webhook of due) {
        const run: Promise<void> = deliver(webhook)
          .catch((error) => log.error({ err: error }, 'a webhook failed'))
          .finally(() => running.delete(run))
        running.set(run, webhook.endpoint_id)
      }
    },
    /** When one of those that are under way is; never, where none is. */
    oneDone: () => Promise.race(running.keys()),
    async idle() {
      while (running.size > 0) await Promise.all(running.keys())
    },
  }
}

import { Webhook } from 'standardwebhooks'
import { Agent, request } from 'undici'
import type { Services } from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import {
  AddressRefused,
  type AllowedNetworks,
  guardedLookup,
  refuseLiteral,
} from './allowed-address.ts'
import { type DueWebhook, findEndpoint } from './store.ts'

const TIMEOUT_MS = 10_000
/** Of an answer, which is not looked at, as much as a connection needs to be kept. */
const ANSWER_BYTES_MAX = 16 * 1024

/** `gone`: there is no address any more. Otherwise why not, in a word that holds nothing of either side. */
export type Delivery = 'delivered' | 'gone' | { failure: string }

export interface Courier {
  deliver(webhook: DueWebhook, signal: AbortSignal): Promise<Delivery>
  close(): Promise<void>
}

/** What a webhook's secret is sealed under. */
export function webhookSecretContext(schoolId: string, endpointId: string): string {
  return `webhooks/${schoolId}/${endpointId}`
}

/**
 * Sends webhooks as Standard Webhooks say: signed, with the id of what happened and the time of this
 * attempt. Redirects are not followed; neither body nor answer is kept or logged.
 */
export function createCourier(
  { db, keys, now }: Pick<Services, 'db' | 'keys' | 'now'>,
  networks: AllowedNetworks,
): Courier {
  const open = (isTls: boolean) =>
    new Agent({
      connect: { lookup: guardedLookup(isTls, networks), timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      keepAliveTimeout: 5_000,
    })
  async function openSecrets(
    { school_id: schoolId, endpoint_id: endpointId }: DueWebhook,
    endpoint: NonNullable<Awaited<ReturnType<typeof findEndpoint>>>,
  ): Promise<string[]> {
    const { sealed_secret: present, sealed_previous_secret: previous } = endpoint
    const context = webhookSecretContext(schoolId, endpointId)
    return Promise.all(
      [present, ...(previous ? [previous] : [])].map((sealed) => keys.open(context, sealed)),
    )
  }

  /** A card number is nowhere in the clear here, so that what is told has it only while it is sent. */
  async function findCardNo({ school_id: schoolId, data }: DueWebhook) {
    const { personId } = data
    if (typeof personId !== 'string') return undefined
    // Of somebody who had themselves deleted it is empty.
    return (await openPerson({ db, keys }, schoolId, personId)).cardNo || null
  }

  const agents = { 'https:': open(true), 'http:': open(false) }

  return {
    async deliver(webhook, signal) {
      const { school_id: schoolId, endpoint_id: endpointId, webhook_id: id } = webhook
      const endpoint = await findEndpoint(db.pool, schoolId, endpointId)
      if (!endpoint) return 'gone'
      const secrets = await openSecrets(webhook, endpoint)
      const at = new Date(Math.floor(now() / 1000) * 1000)
      const cardNo = await findCardNo(webhook)
      const body = writeBody(webhook, cardNo)
      try {
        const url = new URL(endpoint.url)
        refuseLiteral(url, networks)
        const answer = await request(url, {
          dispatcher: agents[url.protocol as 'https:'],
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'campus-ecode',
            'webhook-id': id,
            'webhook-timestamp': String(at.getTime() / 1000),
            'webhook-signature': secrets
              .map((secret) => new Webhook(secret).sign(id, at, body))
              .join(' '),
          },
          body,
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        })
        await answer.body.dump({ limit: ANSWER_BYTES_MAX })
        const { statusCode } = answer
        return statusCode >= 200 && statusCode < 300
          ? 'delivered'
          : { failure: `answered ${statusCode}` }
      } catch (error) {
        return { failure: describeFailure(error) }
      }
    },
    async close() {
      await Promise.all(Object.values(agents).map((agent) => agent.destroy()))
    },
  }
}

/** The same bytes at each attempt, but for the signature and its time. */
function writeBody(
  { type, created_at: at, data }: DueWebhook,
  cardNo: string | null | undefined,
): string {
  const all = cardNo === undefined ? data : { ...data, cardNo }
  return JSON.stringify({ type, timestamp: at.toISOString(), data: all })
}

function describeFailure(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AddressRefused) return 'address not allowed'
    if (cause.name === 'TimeoutError') return 'no answer in time'
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)) return code
  }
  return 'not sent'
}

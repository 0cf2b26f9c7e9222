import { setTimeout as sleep } from 'node:timers/promises'
import { billEntrySchema } from '@campus-ecode/protocol/bill'
import { corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import { merchantOrderSchema, orderRoutes } from '@campus-ecode/protocol/orders'
import { paymentSchema, refundSchema } from '@campus-ecode/protocol/payments'
import { problemSchema } from '@campus-ecode/protocol/problem'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { utilityTopUpSchema } from '@campus-ecode/protocol/utilities'
import { myWaterSchema, waterRoutes, waterSessionSchema } from '@campus-ecode/protocol/water'
import type { Diary, RepliedWay, SentWay } from '../diary-writer.ts'
import type { Random } from '../random.ts'
import type { Told, Way } from '../ways/diary-lines.ts'
import type { Person, Till, Utility, WayTill } from '../world.ts'
import { carry, choosePassage, type Weather } from './network.ts'
import type { CoreWire, Reply } from './signed-http.ts'
import { fill } from './terminals.ts'
import { createUnderWay, PATIENCE_MS } from './under-way.ts'

/** What somebody does with a number of their own, at one place. */
export interface Subject {
  way: Way
  subject: string
}

/** A call, as the diary has it and as it travels. */
interface Wish extends Omit<SentWay, 'core'> {
  request: { method: 'GET' | 'POST'; target: string; json?: unknown; key: SigningKey }
  read(json: unknown): Told | undefined
}

/** What people, merchants' servers and shower controllers do in the other ways to pay. */
export type Ways = ReturnType<typeof createWays>

export function createWays(options: {
  schoolId: string
  bffKey: SigningKey
  diary: Diary
  random: Random
}) {
  const { schoolId, bffKey, diary, random } = options
  const { follow, within, settle } = createUnderWay()
  const keys = new Map<string, SigningKey>()
  const state = { weather: 'calm' as Weather }
  /** Asked once more in the end. */
  const looks = new Map<string, (core: CoreWire) => Promise<RepliedWay>>()

  function keyOf({ keyId, secret }: Till): SigningKey {
    const known = keys.get(keyId)
    if (known) return known
    const made = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    keys.set(keyId, made)
    return made
  }

  async function send(wish: Wish, core: CoreWire, patienceMs = PATIENCE_MS): Promise<RepliedWay> {
    const { request, read, ...sent } = wish
    const call = diary.sendWay({ ...sent, core: core.core.name })
    const passage = choosePassage(random, state.weather)
    const signed = core.sign(request)
    if (passage.repeatAfterMs !== undefined) {
      // Somebody on the way sends the same bytes again; nobody hears what comes of it.
      follow(sleep(passage.repeatAfterMs).then(() => core.send(signed))).catch(() => {})
    }
    const arriving = carry((signal) => core.send(signed, signal), passage).then(
      (reply) => readReply(reply, read),
      (): RepliedWay => ({ outcome: 'info', why: 'no reply' }),
    )
    const replied = await within(arriving, patienceMs)
    diary.replyWay(call, replied)
    return replied
  }

  /** As a page's BFF asks. */
  const ofPerson = (
    name: keyof typeof corePersonRoutes,
    params: Record<string, string>,
    json?: unknown,
  ): Wish['request'] => {
    const { method, path } = corePersonRoutes[name]
    const target = fill(path, { schoolId, ...params })
    return { method: method as 'GET', target, json, key: bffKey }
  }
  const ofTerminal = (
    { method, path }: { method: string; path: string },
    till: Till,
    params: Record<string, string>,
    json?: unknown,
  ): Wish['request'] => {
    return { method: method as 'GET', target: fill(path, params), json, key: keyOf(till) }
  }

  const shower = (till: Till, sessionNo: string): Subject => {
    const subject = `${till.id}/${sessionNo}`
    const look = ofTerminal(waterRoutes.getWater, till, { sessionNo })
    looks.set(subject, (core) =>
      send({ way: 'shower', verb: 'getWater', subject, request: look, read: readSession }, core),
    )
    return { way: 'shower', subject }
  }
  const online = (till: Till, orderNo: string): Subject => {
    const subject = `${till.id}/${orderNo}`
    const look = ofTerminal(orderRoutes.getMerchantOrder, till, { orderNo })
    looks.set(subject, (core) =>
      send(
        { way: 'order', verb: 'getMerchantOrder', subject, request: look, read: readOrder },
        core,
      ),
    )
    return { way: 'order', subject }
  }

  return {
    state,
    settle,
    looks,

    startWater(
      till: Till,
      session: { sessionNo: string; bathNo: string; waterPassword: string; personId: string },
      core: CoreWire,
      patienceMs?: number,
    ) {
      const { personId, ...json } = session
      const request = ofTerminal(waterRoutes.startWater, till, {}, json)
      const about = { ...shower(till, session.sessionNo), verb: 'startWater' as const, personId }
      return send({ ...about, request, read: readSession }, core, patienceMs)
    },
    meterWater(
      till: Till,
      sessionNo: string,
      asks: { seq: number; totalMl: number },
      core: CoreWire,
      patienceMs?: number,
    ) {
      const request = ofTerminal(waterRoutes.meterWater, till, { sessionNo }, asks)
      const about = { ...shower(till, sessionNo), verb: 'meterWater' as const, asks }
      return send({ ...about, request, read: readSession }, core, patienceMs)
    },
    endWater(till: Till, sessionNo: string, totalMl: number, core: CoreWire) {
      const request = ofTerminal(waterRoutes.endWater, till, { sessionNo }, { totalMl })
      const about = { ...shower(till, sessionNo), verb: 'endWater' as const, asks: { totalMl } }
      return send({ ...about, request, read: readSession }, core)
    },
    getWater(till: Till, sessionNo: string, core: CoreWire) {
      const request = ofTerminal(waterRoutes.getWater, till, { sessionNo })
      return send(
        { ...shower(till, sessionNo), verb: 'getWater', request, read: readSession },
        core,
      )
    },
    /** From the phone, which knows nothing of the controller's number. */
    endMyWater(till: Till, sessionNo: string, { id: personId }: Person, core: CoreWire) {
      const about = { ...shower(till, sessionNo), verb: 'endMyWater' as const, personId }
      const request = ofPerson('endMyWater', { personId })
      const read = (json: unknown) => {
        const { session } = myWaterSchema.parse(json)
        return session?.sessionNo === sessionNo ? toSession(session) : undefined
      }
      return send({ ...about, request, read }, core)
    },

    createOrder(till: Till, orderNo: string, amountFen: number, core: CoreWire) {
      const json = { orderNo, amountFen, description: '午餐' }
      const request = ofTerminal(orderRoutes.createOrder, till, {}, json)
      const about = { ...online(till, orderNo), verb: 'createOrder' as const }
      let orderId: string | undefined
      const read = (answer: unknown) => {
        orderId = merchantOrderSchema.parse(answer).orderId
        return readOrder(answer)
      }
      return send({ ...about, asks: { listFen: amountFen }, request, read }, core).then(
        (reply) => ({ reply, orderId }),
      )
    },
    closeOrder(till: Till, orderNo: string, core: CoreWire) {
      const request = ofTerminal(orderRoutes.closeOrder, till, { orderNo }, {})
      return send({ ...online(till, orderNo), verb: 'closeOrder', request, read: readOrder }, core)
    },
    getOrder(till: Till, orderNo: string, core: CoreWire) {
      const request = ofTerminal(orderRoutes.getMerchantOrder, till, { orderNo })
      const about = { ...online(till, orderNo), verb: 'getMerchantOrder' as const }
      return send({ ...about, request, read: readOrder }, core)
    },
    refundOrder(
      till: Till,
      orderNo: string,
      asks: { refundNo: string; amountFen: number },
      core: CoreWire,
    ) {
      const request = ofTerminal(orderRoutes.refundOrder, till, { orderNo }, asks)
      const about = { ...online(till, orderNo), verb: 'refundOrder' as const, asks }
      return send({ ...about, request, read: readRefund }, core)
    },
    payOrder(
      till: Till,
      { orderNo, orderId }: { orderNo: string; orderId: string },
      { id: personId }: Person,
      paymentNo: string,
      core: CoreWire,
      patienceMs?: number,
    ) {
      const json = { paymentNo, account: 'wallet' }
      const request = ofPerson('payOrder', { personId, orderId }, json)
      const about = { ...online(till, orderNo), verb: 'payOrder' as const, personId }
      return send({ ...about, asks: { paymentNo }, request, read: readEntry }, core, patienceMs)
    },

    payCollection(
      { collectionUrl: link, id }: WayTill,
      { id: personId }: Person,
      { paymentNo, amountFen }: { paymentNo: string; amountFen: number },
      core: CoreWire,
      patienceMs?: number,
    ) {
      const json = { paymentNo, collection: { link }, amountFen, account: 'wallet' }
      const request = ofPerson('payCollection', { personId }, json)
      const subject = `${personId}/${paymentNo}`
      const about = { way: 'collection', verb: 'payCollection', subject, personId } as const
      const asks = { listFen: amountFen, terminalId: id }
      return send({ ...about, asks, request, read: readEntry }, core, patienceMs)
    },

    topUpUtility(
      { id: utilityId, accountNo }: Utility,
      { id: personId }: Person,
      { topUpId, amountFen }: { topUpId: string; amountFen: number },
      core: CoreWire,
      patienceMs?: number,
    ) {
      const look = ofPerson('getUtilityTopUp', { personId, topUpId })
      looks.set(topUpId, (at) =>
        send(
          {
            ...{ way: 'utility', verb: 'getUtilityTopUp', subject: topUpId, personId },
            ...{ request: look, read: readTopUp },
          },
          at,
        ),
      )
      const json = { topUpId, accountNo, amountFen }
      const request = ofPerson('topUpUtility', { personId, utilityId }, json)
      const about = { way: 'utility', verb: 'topUpUtility', subject: topUpId, personId } as const
      return send({ ...about, asks: { amountFen }, request, read: readTopUp }, core, patienceMs)
    },
    getTopUp({ id: personId }: Person, topUpId: string, core: CoreWire) {
      const request = ofPerson('getUtilityTopUp', { personId, topUpId })
      const about = { way: 'utility', verb: 'getUtilityTopUp', subject: topUpId, personId } as const
      return send({ ...about, request, read: readTopUp }, core)
    },

    confirm(
      about: Subject,
      { id: personId }: Person,
      { paymentId, approvalId }: { paymentId: string; approvalId: string },
      core: CoreWire,
    ) {
      const request = ofPerson('confirmPayment', { personId, paymentId }, { approvalId })
      const asks = { paymentId, approvalId }
      const wish = { ...about, verb: 'confirmPayment' as const, personId, asks }
      return send({ ...wish, request, read: readEntry }, core)
    },
    decline(about: Subject, { id: personId }: Person, paymentId: string, core: CoreWire) {
      const request = ofPerson('declinePayment', { personId, paymentId })
      const wish = { ...about, verb: 'declinePayment' as const, personId, asks: { paymentId } }
      return send({ ...wish, request, read: readEntry }, core)
    },

    /** With WeChat's own code, at a till. */
    payByWechat(
      till: Till,
      { id: personId }: Person,
      { orderNo, amountFen, code }: { orderNo: string; amountFen: number; code: string },
      core: CoreWire,
      patienceMs?: number,
    ) {
      const subject = `${till.id}/${orderNo}`
      const look = ofTerminal(terminalRoutes.getPayment, till, { orderNo })
      looks.set(subject, (at) =>
        send({ way: 'wechat', verb: 'getPayment', subject, request: look, read: readPayment }, at),
      )
      const request = ofTerminal(terminalRoutes.pay, till, {}, { orderNo, amountFen, code })
      const about = { way: 'wechat', verb: 'pay', subject, personId } as const
      const asks = { listFen: amountFen }
      return send({ ...about, asks, request, read: readPayment }, core, patienceMs)
    },
    getPayment(till: Till, orderNo: string, core: CoreWire) {
      const request = ofTerminal(terminalRoutes.getPayment, till, { orderNo })
      const about = { way: 'wechat', verb: 'getPayment', subject: `${till.id}/${orderNo}` } as const
      return send({ ...about, request, read: readPayment }, core)
    },
    reverse(till: Till, orderNo: string, core: CoreWire) {
      const request = ofTerminal(terminalRoutes.reverse, till, { orderNo }, {})
      const subject = `${till.id}/${orderNo}`
      const about = { way: 'wechat', verb: 'reversePayment', subject } as const
      return send({ ...about, request, read: readPayment }, core)
    },
    refund(
      till: Till,
      orderNo: string,
      asks: { refundNo: string; amountFen: number },
      core: CoreWire,
    ) {
      const request = ofTerminal(terminalRoutes.refund, till, { orderNo }, asks)
      const subject = `${till.id}/${orderNo}`
      const about = { way: 'wechat', verb: 'refundPayment', subject, asks } as const
      return send({ ...about, request, read: readRefund }, core)
    },
  }
}

/** Only what the core has signed, in the agreed form, counts as said. */
function readReply({ status, json, verified }: Reply, read: Wish['read']): RepliedWay {
  if (!verified) return { outcome: 'info', why: `an unsigned ${status}` }
  if (status >= 200 && status < 300) {
    try {
      const told = read(json)
      return told ? { outcome: 'ok', told } : { outcome: 'info', why: 'it tells of another' }
    } catch {
      return { outcome: 'info', why: 'an answer of another form' }
    }
  }
  const problem = problemSchema.safeParse(json)
  if (!problem.success || status >= 500) return { outcome: 'info', why: `a ${status}` }
  return { outcome: 'refused', error: problem.data.code }
}

const readSession = (json: unknown): Told => toSession(waterSessionSchema.parse(json))

function toSession(session: {
  status: string
  amountFen: number
  holdFen: number
  litresMl: number
}): Told {
  const { status, amountFen, holdFen, litresMl } = session
  return { status, amountFen, holdFen, litresMl }
}

function readOrder(json: unknown): Told {
  const { status, payment } = merchantOrderSchema.parse(json)
  return { status, amountFen: payment?.amountFen ?? null, paymentId: payment?.paymentId ?? null }
}

function readEntry(json: unknown): Told {
  const { status, amountFen, paymentId } = billEntrySchema.parse(json)
  return { status, amountFen, paymentId }
}

function readTopUp(json: unknown): Told {
  const { status, entry } = utilityTopUpSchema.parse(json)
  return { status, amountFen: entry.amountFen, paymentId: entry.paymentId }
}

function readPayment(json: unknown): Told {
  const { status, amountFen, paymentId } = paymentSchema.parse(json)
  return { status, amountFen, paymentId }
}

function readRefund(json: unknown): Told {
  const { status, amountFen, refundNo } = refundSchema.parse(json)
  return { status, amountFen, refundNo }
}

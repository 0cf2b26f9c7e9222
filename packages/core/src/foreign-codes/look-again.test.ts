import { generateKeyPairSync } from 'node:crypto'
import { pino } from 'pino'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Services } from '../http/operation.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { createWechatPort } from '../ports/wechat-pay/create-wechat-port.ts'
import { createFakeWechat, makeFakeKey } from '../ports/wechat-pay/testing/fake-wechat.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import { createTestCampus, paymentOf, type TestCampus } from '../testing/campus.ts'
import { lookAgain } from './look-again.ts'

const publicKey = makeFakeKey('PUB_KEY_ID_0114')
const logged: string[] = []
const log = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
let campus: TestCampus
let wechat: Awaited<ReturnType<typeof createFakeWechat>>
let port: WechatPort
beforeAll(async () => {
  campus = await createTestCampus()
  wechat = await createFakeWechat(publicKey)
  port = createWechatPort({
    appId: 'wx0123456789abcdef',
    apiV3Key: 'b'.repeat(32),
    apiV2Key: 'c'.repeat(32),
    merchant: {
      mchId: '1900000109',
      serial: 'ABC',
      privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    },
    keys: { find: async () => publicKey.publicKey, publicKeyId: () => publicKey.serial },
    payUrls: [wechat.url],
    refundNoticeUrl: undefined,
    now: () => Date.now(),
    log,
  })
})
beforeEach(() => {
  wechat.requests.length = 0
  logged.length = 0
})
afterAll(async () => {
  await Promise.all([port.close(), wechat.close(), campus.close()])
})

/** An order that was given up, minutes ago; its number at WeChat. */
async function giveUp(): Promise<string> {
  const { personId } = await campus.addPerson({})
  const code = campus.wechat.showCode(await campus.bindWechat(personId))
  campus.wechat.askPassword(true)
  const orderNo = v7()
  const { paymentId } = paymentOf(await campus.pay({ orderNo, amountFen: 1_000, code }))
  const move = (columns: string) =>
    campus.db.pool.query(`update external_movements set ${columns} where movement_id = $1`, [
      paymentId,
    ])
  await move(`created_at = created_at - interval '45 seconds', next_attempt_at = now()`)
  await driveDueMovements(campus.services)
  await move(`settled_at = settled_at - interval '5 minutes'`)
  return String(paymentId).replaceAll('-', '')
}

/** A minute later, with WeChat's own protocol; what WeChat has for the order and for the refund of it. */
async function look(reference: string, trade: string, refund?: string) {
  const amount = { total: 1_000, refund: 1_000 }
  const numbers = { out_trade_no: reference, out_refund_no: `late-${reference}` }
  wechat.onRequest(({ method, target }) => {
    if (!target.includes('/refund/')) {
      return { body: JSON.stringify({ ...numbers, amount, trade_state: trade }) }
    }
    return refund || method === 'POST'
      ? { body: JSON.stringify({ ...numbers, amount, status: refund ?? 'PROCESSING' }) }
      : { body: JSON.stringify({ code: 'RESOURCE_NOT_EXISTS' }), status: 404 }
  })
  wechat.requests.length = 0
  await campus.db.pool.query(
    `update external_movements set next_attempt_at = now() where kind = 'debit' and looked_at is null`,
  )
  const { ports } = campus.services
  const { wechat: codes } = ports.foreignCodes
  if (!codes) throw new Error('no WeChat')
  const foreignCodes = { ...ports.foreignCodes, wechat: { ...codes, port } }
  const services: Services = { ...campus.services, log, ports: { ...ports, foreignCodes } }
  await lookAgain(services)
  return wechat.requests.map(({ method }) => method)
}

describe('the second look at a charge that came to nothing (R27)', () => {
  it('holds until its return has succeeded, and not only been accepted', async () => {
    const reference = await giveUp()
    expect(await look(reference, 'SUCCESS')).toContain('POST')
    expect(logged.join()).toContain('alarm: an order that came to nothing was charged')
    logged.length = 0
    expect(await look(reference, 'REFUND', 'PROCESSING')).not.toContain('POST')
    expect(logged).toEqual([])
    for (const _ of [1, 2]) {
      expect(await look(reference, 'REFUND', 'ABNORMAL')).not.toEqual([])
      expect(logged.join()).toContain('alarm: WeChat Pay needs help with a refund')
    }
    expect(await look(reference, 'REFUND', 'SUCCESS')).not.toEqual([])
    expect(await look(reference, 'REFUND', 'SUCCESS')).toEqual([])
  })

  it.each(['REVOKED', 'CLOSED'])('ends at once where WeChat says %s', async (state) => {
    const reference = await giveUp()
    expect(await look(reference, state)).toEqual(['GET'])
    expect(await look(reference, state)).toEqual([])
    expect(logged).toEqual([])
  })
})

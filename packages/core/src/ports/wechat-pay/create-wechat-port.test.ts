import { createCipheriv, generateKeyPairSync } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPortCalls } from '../testing/read-port-calls.ts'
import { createWechatPort } from './create-wechat-port.ts'
import {
  createFakeWechat,
  type FakeAnswer,
  type FakeRequest,
  makeFakeKey,
  signFake,
} from './testing/fake-wechat.ts'
import { billVector } from './testing/published.ts'
import { signV2, type V2SignType, writeV2 } from './v2-message.ts'
import type { WechatPort } from './wechat-port.ts'

const account = {
  appId: 'wx0123456789abcdef',
  appSecret: 'a'.repeat(32),
  apiV3Key: 'b'.repeat(32),
  apiV2Key: 'c'.repeat(32),
}
const MCH_ID = '1900000109'
const publicKey = makeFakeKey('PUB_KEY_ID_0114')
const certificate = makeFakeKey('5F1C72')
const stranger = makeFakeKey('5F1C72')
const unknown = makeFakeKey('FFFF')
const NOWHERE = 'http://127.0.0.1:1'

let wechat: Awaited<ReturnType<typeof createFakeWechat>>
let backup: typeof wechat
let port: WechatPort
const logged: string[] = []
const ports: WechatPort[] = []
beforeAll(async () => {
  wechat = await createFakeWechat(publicKey)
  backup = await createFakeWechat(publicKey)
  port = open([wechat.url])
})
beforeEach(() => {
  for (const { requests } of [wechat, backup]) requests.length = 0
  logged.length = 0
})
afterAll(async () => {
  for (const each of [...ports, wechat, backup]) await each.close()
})

function open(payUrls: string[], more: Partial<Parameters<typeof createWechatPort>[0]> = {}) {
  const opened = createWechatPort({
    ...account,
    merchant: {
      mchId: MCH_ID,
      serial: 'ABC',
      privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    },
    keys: {
      find: async (serial) =>
        [publicKey, certificate].find((key) => key.serial === serial)?.publicKey,
      publicKeyId: () => publicKey.serial,
    },
    payUrls,
    refundNoticeUrl: 'https://pay.school.example/wechat/refund-notices',
    now: () => Date.now(),
    log: pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
    ...more,
  })
  ports.push(opened)
  return opened
}

const json = (content: object, more: Omit<FakeAnswer, 'body'> = {}): FakeAnswer => ({
  body: JSON.stringify(content),
  ...more,
})
const trade = (state: string, more: object = {}) => ({
  out_trade_no: 'order1',
  trade_state: state,
  amount: { total: 900 },
  ...more,
})
const no = (status: number, code: string) => json({ code, message: '…' }, { status })
const charge = (of = port) =>
  of.charge({
    reference: 'order1',
    amountFen: 900,
    description: '第一食堂',
    authCode: '131234567890123456',
    terminalId: '0190d1a2-0000-7000-8000-000000000001',
    merchantId: '0190d1a2-0000-7000-8000-000000000002',
  })
/** Answers by path, in order; the last one stays. */
function onPaths(answers: [RegExp, FakeAnswer | 'silence'][]) {
  wechat.onRequest(({ target }: FakeRequest) => {
    const found = answers.find(([path]) => path.test(target))
    if (!found) throw new Error(`nobody expects ${target}`)
    return found[1]
  })
}

describe('a charge', () => {
  it('is asked for in WeChat’s form, signed, with the key it is to be answered under', async () => {
    wechat.onRequest(() => json(trade('SUCCESS')))
    expect(await charge()).toMatchObject({
      ok: true,
      value: { reference: 'order1', status: 'SUCCEEDED', amountFen: 900 },
    })
    const [request] = wechat.requests
    expect(request).toMatchObject({ method: 'POST', target: '/v3/pay/transactions/codepay' })
    expect(request?.headers.authorization).toMatch(/^WECHATPAY2-SHA256-RSA2048 mchid="1900000109"/)
    expect(request?.headers['wechatpay-serial']).toBe('PUB_KEY_ID_0114')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      appid: account.appId,
      mchid: MCH_ID,
      description: '第一食堂',
      out_trade_no: 'order1',
      payer: { auth_code: '131234567890123456' },
      amount: { total: 900, currency: 'CNY' },
      scene_info: {
        device_id: '0190d1a2000070008000000000000001',
        store_info: { out_id: '0190d1a2000070008000000000000002' },
      },
    })
  })

  it.each([
    ['NOTPAY', 'PROCESSING'],
    ['USERPAYING', 'PROCESSING'],
    ['REVOKED', 'REVERSED'],
    ['CLOSED', 'DECLINED'],
    ['PAYERROR', 'DECLINED'],
  ])('that is %s is %s to us', async (state, status) => {
    wechat.onRequest(() => json(trade(state)))
    expect(await port.query('order1')).toMatchObject({ ok: true, value: { status } })
  })

  it.each([
    ['by hand, on WeChat’s pages', no(404, 'RESOURCE_NOT_EXISTS'), 'REVERSED', ''],
    ['by us, and is through', 'SUCCESS', 'REVERSED', ''],
    ['by us, and is under way', 'PROCESSING', 'PROCESSING', ''],
    ['by us, and needs help', 'ABNORMAL', 'PROCESSING', 'alarm: WeChat Pay needs help'],
    ['by us, and comes to nothing', 'CLOSED', 'REVERSED', 'alarm: a charge that came to nothing'],
    ['by nobody knows whom', no(500, 'SYSTEM_ERROR'), undefined, ''],
  ])('that is REFUND is looked at again: it was returned %s', async (_, said, status, alarm) => {
    const late = { out_trade_no: 'order1', out_refund_no: 'late-order1', amount: { refund: 900 } }
    onPaths([
      [/refunds\/late-order1$/, typeof said === 'string' ? json({ ...late, status: said }) : said],
      [/out-trade-no/, json(trade('REFUND'))],
    ])
    const answer = await port.query('order1')
    expect(answer.ok ? answer.value.status : undefined).toBe(status)
    expect(logged.join()).toContain(alarm)
    if (alarm === '') expect(logged.join()).not.toContain('alarm')
  })

  it('waits when WeChat asks for the password', async () => {
    wechat.onRequest(() => no(202, 'USERPAYING'))
    expect(await charge()).toMatchObject({ ok: true, value: { status: 'PROCESSING' } })
    wechat.onRequest(() => json(trade('USERPAYING'), { status: 202 }))
    expect(await charge()).toMatchObject({ ok: true, value: { status: 'PROCESSING' } })
  })

  it('is declined when WeChat says no and knows of no order', async () => {
    onPaths([
      [/codepay/, no(403, 'NOT_ENOUGH')],
      [/out-trade-no/, no(404, 'ORDER_NOT_EXIST')],
    ])
    expect(await charge()).toMatchObject({ ok: true, value: { status: 'DECLINED' } })
  })

  it('is of nobody knows what, with an alarm, when WeChat does not know our signature any more', async () => {
    wechat.onRequest(() => no(401, 'SIGN_ERROR'))
    expect((await charge()).ok).toBe(false)
    expect(logged.join()).toContain('alarm: WeChat Pay does not take our signature')
  })

  it('is what the order is when the no was to a repeat', async () => {
    onPaths([
      [/codepay/, no(400, 'AUTH_CODE_INVALID')],
      [/out-trade-no/, json(trade('SUCCESS'))],
    ])
    expect(await charge()).toMatchObject({ ok: true, value: { status: 'SUCCEEDED' } })
  })

  it('is unknown when WeChat says no and cannot be asked then: that was sent', async () => {
    const leaving = await createFakeWechat(publicKey)
    leaving.onRequest(() => {
      leaving.goAway()
      return { ...no(400, 'OUT_TRADE_NO_USED'), headers: { connection: 'close' } }
    })
    const answer = await charge(open([leaving.url]))
    expect(leaving.requests.map(({ target }) => target)).toEqual(['/v3/pay/transactions/codepay'])
    expect(answer).toEqual({ ok: false, reason: 'UNKNOWN' })
    await leaving.close()
  })

  it.each([
    [no(500, 'SYSTEM_ERROR')],
    [no(429, 'FREQUENCY_LIMITED')],
    ['silence' as const],
    [json(trade('WHATEVER'))],
    [json(trade('SUCCESS', { out_trade_no: 'another' }))],
    [{ body: 'no json' }],
  ])('is unknown after %j', async (answer) => {
    wechat.onRequest(() => answer)
    expect(await charge()).toEqual({ ok: false, reason: 'UNKNOWN' })
  })

  it('has a description that is no longer than WeChat takes', async () => {
    wechat.onRequest(() => json(trade('SUCCESS')))
    await port.charge({
      ...{ reference: 'order1', amountFen: 1, authCode: '1', terminalId: 't', merchantId: 'm' },
      description: '食'.repeat(60),
    })
    expect(JSON.parse(wechat.requests[0]?.body ?? '').description).toBe('食'.repeat(42))
  })
})

describe('an answer', () => {
  const answer = JSON.stringify(trade('SUCCESS'), null, 1)

  it('is believed under the public key and under a certificate, as the bytes came', async () => {
    for (const key of [publicKey, certificate, publicKey]) {
      wechat.onRequest(() => ({ body: answer, key }))
      expect(await port.query('order1')).toMatchObject({ ok: true })
    }
  })

  it.each<[string, Partial<FakeAnswer>]>([
    ['without a signature', { key: null }],
    ['under a key of the same name', { key: stranger }],
    ['under a key that nobody knows', { key: unknown }],
    ['of another time', { skewSeconds: -301 }],
    ['from the future', { skewSeconds: 302 }],
    ['over other bytes', { headers: signFake(publicKey, JSON.stringify(trade('SUCCESS'))) }],
  ])('is not believed %s', async (_, more) => {
    wechat.onRequest(() => ({ body: answer, ...more }))
    expect(await port.query('order1')).toEqual({ ok: false, reason: 'UNKNOWN' })
    expect(logged.join()).toContain('alarm: an answer of WeChat Pay does not verify')
  })

  it('that WeChat signs wrongly to see whether anybody looks is not believed, and alarms nobody', async () => {
    const headers = { 'wechatpay-signature': 'WECHATPAY/SIGNTEST/aGVsbG8=' }
    wechat.onRequest(() => ({ body: answer, headers }))
    expect(await port.query('order1')).toEqual({ ok: false, reason: 'UNKNOWN' })
    expect(logged.join()).not.toContain('alarm')
  })

  it('that there is no such order is believed only with a signature', async () => {
    wechat.onRequest(() => no(404, 'ORDER_NOT_EXIST'))
    expect(await port.query('order1')).toMatchObject({ reason: 'REFUSED', error: 'NOT_FOUND' })
    wechat.onRequest(() => ({ ...no(404, 'ORDER_NOT_EXIST'), key: null }))
    expect(await port.query('order1')).toEqual({ ok: false, reason: 'UNKNOWN' })
  })
})

describe('figures for Prometheus', () => {
  /** How often WeChat Pay was counted since, by outcome. */
  async function countedBy(work: () => Promise<unknown>) {
    const before = await readPortCalls('wechat')
    await work()
    const after = await readPortCalls('wechat')
    return Object.fromEntries(
      Object.entries(after)
        .map(([outcome, count]) => [outcome, count - (before[outcome] ?? 0)])
        .filter(([, count]) => count !== 0),
    )
  }
  const query = () => port.query('order1')
  const findPayer = () => port.findPayer('131234567890123456')

  it.each<[string, FakeAnswer | 'silence', () => Promise<unknown>]>([
    ['answered', json(trade('SUCCESS')), query],
    ['REFUSED', no(404, 'ORDER_NOT_EXIST'), query],
    ['UNKNOWN', 'silence', query],
    ['UNKNOWN', no(500, 'SYSTEM_ERROR'), query],
    ['UNKNOWN', no(429, 'FREQUENCY_LIMITED'), query],
    ['UNKNOWN', json(trade('SUCCESS'), { key: null }), query],
    ['UNKNOWN', 'silence', findPayer],
    ['UNKNOWN', 'silence', () => port.downloadBill('2021-01-28').catch(() => {})],
  ])('count a question as %s, which EcodeOutsideSilent reads', async (outcome, answer, ask) => {
    wechat.onRequest(() => answer)
    expect(await countedBy(ask)).toEqual({ [outcome]: 1 })
  })

  it('count what never left', async () => {
    const away = open([NOWHERE])
    expect(await countedBy(() => away.query('order1'))).toEqual({ NOT_SENT: 1 })
  })
})

describe('two hosts', () => {
  it('take over from each other: at once what was not sent, the next question after a silence', async () => {
    const both = open([NOWHERE, wechat.url])
    wechat.onRequest(() => json(trade('SUCCESS')))
    expect(await charge(both)).toMatchObject({ ok: true })

    const silent = open([wechat.url, backup.url])
    wechat.onRequest(() => 'silence')
    backup.onRequest(() => json(trade('SUCCESS')))
    expect(await charge(silent)).toEqual({ ok: false, reason: 'UNKNOWN' })
    // The charge itself went to one of them alone.
    expect(backup.requests).toEqual([])
    expect(await silent.query('order1')).toMatchObject({ ok: true })
    expect(backup.requests).toHaveLength(1)
  })

  it('that are both away have surely heard nothing', async () => {
    expect(await charge(open([NOWHERE, NOWHERE]))).toEqual({ ok: false, reason: 'NOT_SENT' })
  })
})

describe('undoing', () => {
  it.each([
    ['REVOKED', { ok: true, value: { status: 'REVERSED' } }],
    ['PAYERROR', { ok: true, value: { status: 'DECLINED' } }],
    ['USERPAYING', { ok: true, value: { status: 'PROCESSING' } }],
    // To be told "yes" is not to see it done.
    ['SUCCESS', { ok: true, value: { status: 'PROCESSING' } }],
  ])('is what a query says after it: %s', async (state, expected) => {
    onPaths([
      [/reverse$/, json({ appid: account.appId, mchid: MCH_ID })],
      [/out-trade-no/, json(trade(state))],
    ])
    expect(await port.reverse('order1')).toMatchObject(expected)
    expect(JSON.parse(wechat.requests[0]?.body ?? '')).toEqual({
      appid: account.appId,
      mchid: MCH_ID,
    })
  })

  it('is refused by WeChat when it is too late, which needs somebody to look', async () => {
    onPaths([
      [/reverse$/, no(400, 'REVERSE_EXPIRE')],
      [/out-trade-no/, json(trade('SUCCESS'))],
    ])
    expect(await port.reverse('order1')).toMatchObject({ ok: false, error: 'NOT_REVERSIBLE' })
  })

  it.each([
    [500, 'SYSTEM_ERROR'],
    [429, 'RATELIMIT_EXCEEDED'],
  ])('that WeChat puts off with %s is refused by nobody', async (status, code) => {
    onPaths([
      [/reverse$/, no(status, code)],
      [/out-trade-no/, json(trade('SUCCESS'))],
    ])
    expect(await port.reverse('order1')).toEqual({ ok: false, reason: 'UNKNOWN' })
  })
})

describe('a refund', () => {
  const refund = (status: string, more: object = {}) => ({
    ...{ out_trade_no: 'order1', out_refund_no: 'r1', status, amount: { refund: 300 } },
    ...more,
  })

  it('is asked for once, with the whole amount beside it, and is not done when it is accepted', async () => {
    onPaths([
      [/refunds\/r1$/, no(404, 'RESOURCE_NOT_EXISTS')],
      [/out-trade-no/, json(trade('SUCCESS'))],
      [/refunds$/, json(refund('PROCESSING'))],
    ])
    const wish = { refundReference: 'r1', amountFen: 300 }
    expect(await port.refund('order1', wish)).toMatchObject({
      ok: true,
      value: { status: 'PROCESSING' },
    })
    expect(JSON.parse(wechat.requests.at(-1)?.body ?? '')).toEqual({
      out_trade_no: 'order1',
      out_refund_no: 'r1',
      notify_url: 'https://pay.school.example/wechat/refund-notices',
      amount: { refund: 300, total: 900, currency: 'CNY' },
    })
    onPaths([[/refunds\/r1$/, json(refund('SUCCESS'))]])
    expect(await port.refund('order1', wish)).toMatchObject({ value: { status: 'SUCCEEDED' } })
  })

  it('that WeChat closes is declined; one that needs help goes on, with an alarm', async () => {
    wechat.onRequest(() => json(refund('CLOSED')))
    expect(await port.queryRefund('order1', 'r1')).toMatchObject({ value: { status: 'DECLINED' } })
    wechat.onRequest(() => json(refund('ABNORMAL')))
    expect(await port.queryRefund('order1', 'r1')).toMatchObject({
      value: { status: 'PROCESSING' },
    })
    expect(logged.join()).toContain('alarm: WeChat Pay needs help with a refund')
  })

  it('that WeChat will not carry out, as the payer’s account is gone, is declined; others are tried again', async () => {
    const wish = { refundReference: 'r1', amountFen: 300 }
    const answers = (status: number, code: string) =>
      onPaths([
        [/refunds\/r1$/, no(404, 'RESOURCE_NOT_EXISTS')],
        [/out-trade-no/, json(trade('SUCCESS'))],
        [/refunds$/, no(status, code)],
      ])
    answers(403, 'USER_ACCOUNT_ABNORMAL')
    expect(await port.refund('order1', wish)).toMatchObject({
      value: { status: 'DECLINED', refundReference: 'r1', amountFen: 300 },
    })
    // The merchant's account there has too little, for now.
    answers(403, 'NOT_ENOUGH')
    expect(await port.refund('order1', wish)).toMatchObject({ ok: false, reason: 'REFUSED' })
    // A second part within the minute.
    answers(429, 'FREQUENCY_LIMITED')
    expect(await port.refund('order1', wish)).toEqual({ ok: false, reason: 'UNKNOWN' })
  })

  it('that was refused on a repeat is what WeChat says of it then', async () => {
    let asked = 0
    wechat.onRequest(({ target }) => {
      if (/refunds\/r1$/.test(target)) {
        return ++asked === 1 ? no(404, 'RESOURCE_NOT_EXISTS') : json(refund('PROCESSING'))
      }
      if (/out-trade-no/.test(target)) return json(trade('SUCCESS'))
      return no(403, 'USER_ACCOUNT_ABNORMAL')
    })
    const wish = { refundReference: 'r1', amountFen: 300 }
    expect(await port.refund('order1', wish)).toMatchObject({ value: { status: 'PROCESSING' } })
  })

  it('of another order says nothing', async () => {
    wechat.onRequest(() => json(refund('SUCCESS', { out_trade_no: 'another' })))
    expect(await port.queryRefund('order1', 'r1')).toEqual({ ok: false, reason: 'UNKNOWN' })
  })
})

describe('a notice', () => {
  function notice(content: object, type = 'REFUND.SUCCESS', aad = 'refund') {
    const cipher = createCipheriv('aes-256-gcm', account.apiV3Key, '0123456789ab')
    cipher.setAAD(Buffer.from(aad))
    const parts = [cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()]
    const ciphertext = Buffer.concat(parts).toString('base64')
    const resource = {
      ...{ algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce: '0123456789ab' },
      associated_data: aad,
    }
    return JSON.stringify({ id: '1', event_type: type, resource })
  }
  const read = (body: string, headers = signFake(certificate, body)) =>
    port.readNotice(headers, Buffer.from(body))

  it('says which refund it is about, with any of WeChat’s keys, with additional data or none', async () => {
    for (const aad of ['refund', '']) {
      const body = notice({ out_refund_no: 'r1' }, 'REFUND.SUCCESS', aad)
      for (const key of [certificate, publicKey]) {
        expect(await read(body, signFake(key, body))).toEqual({ refundReference: 'r1' })
      }
    }
  })

  it('says nothing unless WeChat has signed it, lately', async () => {
    const body = notice({ out_refund_no: 'r1' })
    expect(await read(body, {})).toBe(undefined)
    expect(await read(body, signFake(stranger, body))).toBe(undefined)
    expect(await read(body, signFake(certificate, body, -301))).toBe(undefined)
    expect(await read(` ${body}`, signFake(certificate, body))).toBe(undefined)
  })

  it('of something else is none of ours, and one under another key is a fault', async () => {
    expect(await read(notice({ out_trade_no: 'o' }, 'TRANSACTION.SUCCESS'))).toBe(undefined)
    const other = JSON.parse(notice({ out_refund_no: 'r1' }))
    other.resource.associated_data = 'changed'
    await expect(read(JSON.stringify(other))).rejects.toThrow()
  })
})

describe('whose a code is', () => {
  const found = { return_code: 'SUCCESS', appid: account.appId, mch_id: MCH_ID }
  function sayV2(fields: Record<string, string>, type: V2SignType = 'HMAC-SHA256') {
    const sign = signV2(fields, account.apiV2Key, type)
    wechat.onRequest(() => ({ body: writeV2({ ...fields, sign }), key: null }))
  }
  const ask = () => port.findPayer('131234567890123456')

  it('is asked in V2’s form and signed', async () => {
    sayV2({ ...found, result_code: 'SUCCESS', openid: 'o-1' })
    expect(await ask()).toEqual({ openid: 'o-1' })
    const [request] = wechat.requests
    expect(request).toMatchObject({ method: 'POST', target: '/tools/authcodetoopenid' })
    expect(request?.body).toMatch(/<auth_code>131234567890123456<\/auth_code>.*<sign>[0-9A-F]{64}</)
  })

  it('is believed under either kind of signature, of this merchant, and no other', async () => {
    const right = { ...found, result_code: 'SUCCESS', openid: 'o-1' }
    sayV2(right, 'MD5')
    expect(await ask()).toEqual({ openid: 'o-1' })
    sayV2({ ...right, mch_id: '1900000110' })
    expect(await ask()).toEqual({ failed: 'unavailable' })
    expect(logged.join()).toContain('alarm: an answer of WeChat Pay does not verify')
    logged.length = 0
    wechat.onRequest(() => ({ body: writeV2({ ...right, sign: 'F'.repeat(64) }), key: null }))
    expect(await ask()).toEqual({ failed: 'unavailable' })
    expect(logged.join()).toContain('alarm: an answer of WeChat Pay does not verify')
  })

  it('is not known for a reason that operators find in the log', async () => {
    sayV2({ ...found, result_code: 'FAIL', err_code: 'NOAUTH' })
    expect(await ask()).toEqual({ failed: 'unavailable' })
    expect(logged.join()).toContain('NOAUTH')
  })

  it.each([
    ['AUTHCODEEXPIRE', 'expired'],
    ['AUTH_CODE_INVALID', 'invalid'],
    ['SYSTEMERROR', 'unavailable'],
  ])('is not known after %s: %s', async (code, failed) => {
    sayV2({ ...found, result_code: 'FAIL', err_code: code })
    expect(await ask()).toEqual({ failed })
  })

  it('is not known when WeChat refuses the call or is silent', async () => {
    wechat.onRequest(() => ({ body: writeV2({ return_code: 'FAIL', return_msg: '签名错误' }) }))
    expect(await ask()).toEqual({ failed: 'unavailable' })
    expect(logged.join()).toContain('alarm: WeChat Pay refuses to name payers')
    wechat.onRequest(() => 'silence')
    expect(await ask()).toEqual({ failed: 'unavailable' })
  })
})

describe('a bill', () => {
  const announce = (bytes: Buffer, hash = billVector.sha1) =>
    onPaths([
      [
        /tradebill/,
        json({
          hash_type: 'SHA1',
          hash_value: hash,
          download_url: `${wechat.url}/v3/file?token=1`,
        }),
      ],
      // Alone of all answers the file is not signed.
      [/file/, { body: bytes, key: null }],
    ])

  it('is asked for, downloaded with a signature of ours, unzipped and held against its hash', async () => {
    announce(gzipSync(billVector.text))
    expect((await port.downloadBill('2021-01-28')).rows).toHaveLength(3)
    expect(wechat.requests.map(({ target }) => target)).toEqual([
      '/v3/bill/tradebill?bill_date=2021-01-28&bill_type=ALL&tar_type=GZIP',
      '/v3/file?token=1',
    ])
    expect(wechat.requests[1]?.headers.authorization).toMatch(/^WECHATPAY2-/)
  })

  it('is refused when it is another than WeChat has announced, or is none', async () => {
    announce(gzipSync(billVector.text.replace('0.01', '0.02')))
    await expect(port.downloadBill('2021-01-28')).rejects.toThrow('is not the one')
    announce(Buffer.from('nothing zipped'))
    await expect(port.downloadBill('2021-01-28')).rejects.toThrow()
    wechat.onRequest(() => no(400, 'NO_STATEMENT_EXIST'))
    await expect(port.downloadBill('2021-01-28')).rejects.toThrow('no bill of that day')
  })

  it.each([
    [
      'is empty where WeChat says that there is none, from ten of the next day',
      '10:00:00',
      'NO_STATEMENT_EXIST',
      0,
    ],
    ['is not there before that', '09:59:59', 'NO_STATEMENT_EXIST', undefined],
    ['is not there while WeChat is writing it', '12:00:00', 'STATEMENT_CREATING', undefined],
  ])('R34: of a day without trades %s', async (_, time, code, count) => {
    const nowMs = Date.parse(`2026-09-02T${time}+08:00`)
    const then = open([wechat.url], { now: () => nowMs })
    const skewSeconds = Math.floor((nowMs - Date.now()) / 1000)
    wechat.onRequest(() => ({ ...no(400, code), skewSeconds }))
    const bill = await then.downloadBill('2026-09-01').catch(() => undefined)
    expect(bill?.rows.length).toBe(count)
    expect(bill?.totalFen).toBe(count)
  })
})

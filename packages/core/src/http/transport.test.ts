import { setTimeout as sleep } from 'node:timers/promises'
import { problemSchema } from '@campus-ecode/protocol/problem'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeysUnavailable } from '../keys/keys-unavailable.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let personId: string
let fault: Error | undefined

beforeAll(async () => {
  core = await createHttpCore(
    (services) => ({
      ...services,
      keys: {
        ...services.keys,
        open: async (...args) => {
          if (fault) throw fault
          return services.keys.open(...args)
        },
      },
    }),
    { headersMs: 400, requestMs: 500 },
  )
  personId = (await core.addPerson({ cardStatus: 'unclaimed' })).personId
})
afterAll(() => core.close())

const order = (amountFen: unknown = 100) => ({ orderNo: v7(), amountFen, code: '1' })
const claim = () => ({ params: { personId }, body: { consent: true } })

describe('the addresses that need no signature', () => {
  it('tell that the process lives, that it is ready, and what it can do', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const { status, body } = await core.send({
        method: 'GET',
        target: path,
        headers: {},
        body: undefined,
      })
      expect([status, body]).toEqual([200, { status: 'ok' }])
    }
    const { body } = await core.send({
      method: 'GET',
      target: '/openapi.json',
      headers: {},
      body: undefined,
    })
    expect(body.openapi).toMatch(/^3\.1/)
    expect(Object.keys(body.paths)).toContain('/v1/payments/{orderNo}/reverse')
    expect(Object.keys(body.paths['/v1/gate/records'])).toEqual(['post', 'get'])
  })
})

describe('an answer', () => {
  it('is signed, bound to its request, and carries the caller’s request id', async () => {
    const reply = await core.call('getCard', {
      params: { personId },
      headers: { 'ecode-request-id': 'phone-7' },
    })
    expect(reply).toMatchObject({ status: 200, signed: true })
    expect(reply.headers['ecode-request-id']).toBe('phone-7')
    expect(reply.headers['content-type']).toBe('application/json')
  })

  it('to a refused call is a signed problem with a sentence in both languages', async () => {
    const reply = await core.call('getPayment', { params: { orderNo: 'none' } })
    expect(reply).toMatchObject({ status: 404, signed: true })
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(problemSchema.parse(reply.body)).toMatchObject({
      code: 'ORDER_NOT_FOUND',
      type: 'urn:ecode:error:ORDER_NOT_FOUND',
      message: { 'zh-CN': '没有这个订单' },
      requestId: reply.headers['ecode-request-id'],
    })
  })

  it('makes up a request id when the given one could not stand in a log', async () => {
    const headers = { 'ecode-request-id': 'a b "c"' }
    const reply = await core.call('getCard', { params: { personId }, headers })
    expect(reply.headers['ecode-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('NOT_FOUND and METHOD_NOT_ALLOWED', () => {
  it('are told to everybody, and signed for a known caller', async () => {
    const stranger = { method: 'GET', target: '/v1/nothing', headers: {}, body: undefined }
    expect(await core.send(stranger)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await core.callTarget('GET', '/v1/nothing')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
      signed: true,
    })
    const reply = await core.callTarget('DELETE', '/v1/payments', { key: core.terminalKey })
    expect(reply).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' }, signed: true })
    expect(reply.headers.allow).toBe('POST')
  })

  it('NOT_FOUND answers for a person who does not exist', async () => {
    for (const name of ['getCard', 'getCardNumber', 'getAccounts'] as const) {
      expect(await core.refused(name, { params: { personId: v7() } })).toBe('NOT_FOUND')
    }
    const params = { personId: v7() }
    expect(await core.refused('claimCard', { params, body: { consent: true } })).toBe('NOT_FOUND')
    const body = { account: 'wallet' }
    expect(await core.refused('chooseDefaultAccount', { params, body })).toBe('NOT_FOUND')
    expect(await core.refused('issueCode', { params, body })).toBe('NOT_FOUND')
  })
})

describe('a signature', () => {
  it('SIGNATURE_MISSING without one', async () => {
    const { status, body, signed } = await core.send({
      method: 'GET',
      target: '/v1/terminal',
      headers: {},
      body: undefined,
    })
    expect([status, body.code, signed]).toEqual([401, 'SIGNATURE_MISSING', false])
  })

  it('SIGNATURE_INVALID when anything that it covers was changed', async () => {
    const changes: ((sent: { target: string; headers: Record<string, string> }) => void)[] = [
      (sent) => {
        sent.target = '/v1/payments?x=1'
      },
      (sent) => {
        sent.headers['content-type'] = 'text/plain'
      },
      (sent) => {
        sent.headers['ecode-request-id'] = 'other'
      },
      (sent) => {
        sent.headers.signature = sent.headers.signature?.replace(/=:..../, '=:AAAA') ?? ''
      },
    ]
    for (const tamper of changes) {
      expect(await core.refused('pay', { body: order(), tamper })).toBe('SIGNATURE_INVALID')
    }
    const other = core.createKey(core.terminalKey.keyId)
    expect(await core.refused('getTerminal', { key: other })).toBe('SIGNATURE_INVALID')
  })

  it('SIGNATURE_EXPIRED from 61 seconds on, either way', async () => {
    for (const skewMs of [-62_000, 62_000]) {
      expect(await core.refused('getTerminal', { skewMs })).toBe('SIGNATURE_EXPIRED')
    }
    for (const skewMs of [-58_000, 58_000]) {
      expect(await core.call('getTerminal', { skewMs })).toMatchObject({ status: 200 })
    }
  })

  it('KEY_UNKNOWN for ids of no terminal, of another school and of no form', async () => {
    for (const id of ['1001.t.nobody-here', '9999.t.nobody-here', 'bff-2', 'terminal']) {
      expect(await core.refused('getTerminal', { key: core.createKey(id) })).toBe('KEY_UNKNOWN')
    }
  })

  it('KEY_NOT_ALLOWED for a terminal at the BFF’s routes and the other way round', async () => {
    const asTerminal = { key: core.terminalKey }
    expect(await core.refused('getCard', { ...asTerminal, params: { personId } })).toBe(
      'KEY_NOT_ALLOWED',
    )
    expect(await core.refused('getEventFeed', asTerminal)).toBe('KEY_NOT_ALLOWED')
    expect(await core.refused('getTerminal', { key: core.bffKey })).toBe('KEY_NOT_ALLOWED')
    expect(await core.refused('pay', { key: core.bffKey, body: order() })).toBe('KEY_NOT_ALLOWED')
  })

  it('DIGEST_MISMATCH when the body is another than the signed one', async () => {
    const tamper = (sent: { body: unknown }) => {
      sent.body = JSON.stringify(order(1))
    }
    expect(await core.refused('pay', { body: order(), tamper })).toBe('DIGEST_MISMATCH')
  })

  it('a terminal’s key ends within seconds of being replaced', async () => {
    const terminal = await core.addTerminal()
    const { key } = await core.giveKey(terminal)
    expect((await core.call('getTerminal', { key })).status).toBe(200)
    await core.giveKey(terminal)
    await sleep(3_100)
    expect(await core.refused('getTerminal', { key })).toBe('SIGNATURE_INVALID')
  })
})

describe('a repeat', () => {
  it('SIGNATURE_REPLAYED for the same bytes of a call that changes something', async () => {
    const sent = core.sign('POST', `/v1/schools/1001/people/${personId}/card/claim`, claim())
    expect((await core.send(sent)).status).toBe(200)
    expect(await core.send(sent)).toMatchObject({
      status: 409,
      body: { code: 'SIGNATURE_REPLAYED' },
      signed: true,
    })
  })

  it('SIGNATURE_REPLAYED for a terminal’s reversal, once of many at the same time passes', async () => {
    const path = `/v1/payments/${v7()}/reverse`
    const sent = core.sign('POST', path, { body: {}, key: core.terminalKey })
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => core.send(sent, core.terminalKey)),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    const codes = replies.filter(({ status }) => status !== 200).map(({ body }) => body.code)
    expect(new Set(codes)).toEqual(new Set(['SIGNATURE_REPLAYED']))
  })

  it('SIGNATURE_REPLAYED for a refused payment, though its code has become valid since', async () => {
    const { personId: payer } = await core.addPerson()
    const phone = await core.enrolPhone(payer)
    const code = await core.drawCode(phone, { secondsAgo: -30 })
    const body = { orderNo: v7(), amountFen: 100, code }
    const sent = core.sign('POST', '/v1/payments', { body, key: core.terminalKey })
    const first = await core.send(sent, core.terminalKey)
    expect(first).toMatchObject({ status: 422, body: { code: 'CODE_NOT_YET_VALID' } })
    core.moveClock(30_000)
    expect(await core.send(sent, core.terminalKey)).toMatchObject({
      status: 409,
      body: { code: 'SIGNATURE_REPLAYED' },
      signed: true,
    })
    expect((await core.payer(payer)).wallet_fen).toBe(10_000)
    // Who means it signs anew.
    expect((await core.call('pay', { body })).status).toBe(200)
    core.moveClock(-30_000)
  })

  it('SIGNATURE_REPLAYED for a payment refused in a pause, which counts no guess again', async () => {
    const terminal = await core.addTerminal()
    const { key } = await core.giveKey(terminal)
    const wrong = { orderNo: v7(), amountFen: 100, code: `7110017${'0'.repeat(17)}` }
    const guess = core.sign('POST', '/v1/payments', { body: wrong, key })
    expect((await core.send(guess, key)).body.code).toBe('CODE_NOT_RECOGNISED')
    for (let again = 0; again < 3; again++) {
      expect((await core.send(guess, key)).body.code).toBe('SIGNATURE_REPLAYED')
    }
    for (let more = 0; more < 2; more++) {
      expect(await core.refused('pay', { body: wrong, key })).toBe('CODE_NOT_RECOGNISED')
    }
    const { personId: payer } = await core.addPerson()
    const body = { orderNo: v7(), amountFen: 100, code: await core.issueCode(payer) }
    const sent = core.sign('POST', '/v1/payments', { body, key })
    expect((await core.send(sent, key)).body.code).toBe('TERMINAL_PAUSED')
    core.moveClock(5_100)
    expect((await core.send(sent, key)).body.code).toBe('SIGNATURE_REPLAYED')
    expect((await core.payer(payer)).wallet_fen).toBe(10_000)
    core.moveClock(-5_100)
  })

  it('PROOF_REPLAYED for a page’s proof under a new signature, of the same person only', async () => {
    const headers = { 'ecode-proof-jti': 'proof-0123456789' }
    expect((await core.call('claimCard', { ...claim(), headers })).status).toBe(200)
    expect(await core.refused('claimCard', { ...claim(), headers })).toBe('PROOF_REPLAYED')
    const other = await core.addPerson()
    const params = { personId: other.personId }
    const reply = await core.call('claimCard', { params, body: { consent: true }, headers })
    expect(reply.status).toBe(200)
  })

  it('reading again is no replay', async () => {
    const sent = core.sign('GET', `/v1/schools/1001/people/${personId}/card`, {})
    expect((await core.send(sent)).status).toBe(200)
    expect((await core.send(sent)).status).toBe(200)
  })
})

describe('a body', () => {
  it('BAD_REQUEST names the members that are wrong and never their values', async () => {
    const body = { orderNo: 'x y', amountFen: -1, code: 5, surplus: 'planted' }
    const reply = await core.call('pay', { body })
    expect(reply.body).toMatchObject({ status: 400, code: 'BAD_REQUEST' })
    expect(reply.body.fields.sort()).toEqual(['amountFen', 'code', 'orderNo'])
    expect(JSON.stringify(reply.body)).not.toContain('planted')
  })

  it.each(['', '{', '[]', 'null', '"x"', '{"consent":true,"more":1}', '{"consent":"true"}'])(
    'BAD_REQUEST for %s',
    async (raw) => {
      const contentType = 'application/json; charset=utf-8'
      const reply = await core.call('claimCard', { params: { personId }, raw, contentType })
      expect([reply.body.code, reply.signed]).toEqual(['BAD_REQUEST', true])
    },
  )

  it('BAD_REQUEST for a character that no text of the database can have', async () => {
    const body = { name: '青江\u0000学院' }
    expect(await core.refused('changeSchool', { body })).toBe('BAD_REQUEST')
  })

  it('BAD_REQUEST for bytes that are no UTF-8, and for a body where none belongs', async () => {
    const raw = Buffer.from([0x22, 0xff, 0x22])
    expect(await core.refused('claimCard', { params: { personId }, raw })).toBe('BAD_REQUEST')
    expect(await core.refused('getTerminal', { raw: '{}' })).toBe('BAD_REQUEST')
  })

  it('BAD_REQUEST for ids that are none, queries that are wrong and a proof id of odd characters', async () => {
    expect(await core.refused('getCard', { params: { personId: 'me' } })).toBe('BAD_REQUEST')
    expect(await core.refused('getCard', { params: { personId, schoolId: '12345' } })).toBe(
      'BAD_REQUEST',
    )
    expect(
      await core.refused('getBill', { params: { personId }, query: { month: '2026-13' } }),
    ).toBe('BAD_REQUEST')
    expect(await core.refused('getBill', { params: { personId } })).toBe('BAD_REQUEST')
    const cursor = { month: '2026-01', cursor: 'x' }
    expect(await core.refused('getBill', { params: { personId }, query: cursor })).toBe(
      'BAD_REQUEST',
    )
    expect(await core.refused('getEventFeed', { query: { after: 'x' } })).toBe('BAD_REQUEST')
    expect(await core.refused('getEvents', { params: { personId }, query: { after: 'x' } })).toBe(
      'BAD_REQUEST',
    )
    const headers = { 'ecode-proof-jti': 'a b' }
    expect(await core.refused('claimCard', { ...claim(), headers })).toBe('BAD_REQUEST')
  })

  it.each([0, -1, 1.5, '100', 10_000_001, 1e300, null, true])(
    'AMOUNT_INVALID for an amount of %s',
    async (amountFen) => {
      expect(await core.refused('pay', { body: order(amountFen) })).toBe('AMOUNT_INVALID')
      const refund = { params: { orderNo: 'x' }, body: { refundNo: 'r', amountFen } }
      expect(await core.refused('refund', refund)).toBe('AMOUNT_INVALID')
    },
  )

  it('MEDIA_TYPE_UNSUPPORTED for anything but plain JSON', async () => {
    for (const contentType of ['text/plain', 'application/jsonx', 'multipart/form-data']) {
      expect(await core.refused('pay', { body: order(), contentType })).toBe(
        'MEDIA_TYPE_UNSUPPORTED',
      )
    }
    const headers = { 'content-encoding': 'gzip' }
    expect(await core.refused('pay', { body: order(), headers })).toBe('MEDIA_TYPE_UNSUPPORTED')
  })

  it('BODY_TOO_LARGE as soon as it is declared, or has come', async () => {
    const raw = JSON.stringify({ ...order(), code: 'x'.repeat(17_000) })
    expect(await core.refused('pay', { raw })).toBe('BODY_TOO_LARGE')
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n1\r\nx\r\n0\r\n\r\n`
    const head = `POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1:${core.port}\r\n`
    const answer = await core.sendBytes(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`)
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('BODY_TOO_LARGE')
  })
})

describe('a request line', () => {
  const host = () => `Host: 127.0.0.1:${core.port}\r\n`
  const close = 'Connection: close\r\n\r\n'

  it.each([
    ['absolute form', () => `GET http://127.0.0.1:${core.port}/v1/terminal HTTP/1.1\r\n${host()}`],
    ['another absolute form', () => `GET http://elsewhere/v1/terminal HTTP/1.1\r\n${host()}`],
    ['two Hosts', () => `GET /v1/terminal HTTP/1.1\r\n${host()}Host: elsewhere\r\n`],
    ['another Host', () => 'GET /v1/terminal HTTP/1.1\r\nHost: elsewhere\r\n'],
    ['no Host', () => 'GET /v1/terminal HTTP/1.1\r\n'],
    ['a Host that is none', () => 'GET /v1/terminal HTTP/1.1\r\nHost: a b\r\n'],
    ['dot segments', () => `GET /v1/x/../terminal HTTP/1.1\r\n${host()}`],
    [
      'two signatures',
      () => `GET /v1/terminal HTTP/1.1\r\n${host()}Signature: a\r\nSignature: b\r\n`,
    ],
  ])('TARGET_INVALID for %s', async (_, head) => {
    const answer = await core.sendBytes(head() + close)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('TARGET_INVALID')
  })

  it('BAD_REQUEST for what is no HTTP', async () => {
    const answer = await core.sendBytes('HELLO\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('"code":"BAD_REQUEST"')
  })

  it('REQUEST_TIMEOUT for headers or a body that come too slowly', async () => {
    const starts = [
      `POST /v1/payments HTTP/1.1\r\n${host()}`,
      `POST /v1/payments HTTP/1.1\r\n${host()}Content-Length: 10\r\n\r\n{`,
    ]
    for (const answer of await Promise.all(starts.map((start) => core.sendBytes(start)))) {
      expect(answer).toMatch(/^HTTP\/1.1 408 /)
      expect(answer).toContain('REQUEST_TIMEOUT')
    }
  })
})

describe('a fault', () => {
  it('INTERNAL tells nothing of itself; its message is in the log', async () => {
    fault = new Error('the planted reason')
    const reply = await core.call('getCardNumber', { params: { personId } })
    fault = undefined
    expect(reply).toMatchObject({ status: 500, body: { code: 'INTERNAL' }, signed: true })
    expect(JSON.stringify(reply.body)).not.toMatch(/planted|stack|\.ts/)
    const line = core.logged.find((entry) => entry.includes(reply.body.requestId))
    expect(line).toContain('the planted reason')
  })

  it('UNAVAILABLE while the key process or the database is away', async () => {
    const away = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    const ofPg = [
      ...['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'],
      // By each of several servers' addresses, and by a connection that was lost on its way to its user.
      ...['timeout expired', 'Client has encountered a connection error and is not queryable'],
    ].map((message) => new Error(message))
    for (fault of [new KeysUnavailable(away), new AggregateError([away]), away, ...ofPg]) {
      const reply = await core.call('getCardNumber', { params: { personId } })
      expect(reply).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryable: true } })
    }
    fault = undefined
  })
})

describe('the log', () => {
  it('has one line per refusal by the route’s name, and no id, code, key or nonce in any', async () => {
    core.logged.length = 0
    const code = await core.issueCode((await core.addPerson()).personId)
    const nonce = 'planted-nonce-0123456789'
    const jti = 'planted-jti-0123456789'
    const body = { orderNo: 'planted-order', amountFen: 12_345_678, code }
    await core.call('pay', { body, nonce })
    await core.call('claimCard', { ...claim(), headers: { 'ecode-proof-jti': jti } })
    const params = { personId, schoolId: '1002' }
    await core.call('claimCard', { params, body: { consent: true } })
    await core.call('resolveSubject', {
      body: { secret: 'planted-secret-0123456789', cardNo: 'planted-card', scopes: ['card'] },
    })
    const text = core.logged.join('')
    expect(core.logged.map((line) => JSON.parse(line).route)).toEqual([
      'pay',
      'claimCard',
      'claimCard',
      'resolveSubject',
    ])
    for (const secret of [code, nonce, jti, personId, 'planted', core.bffSecret]) {
      expect(text).not.toContain(secret)
    }
  })
})

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyResponse } from '@campus-ecode/protocol/http-signature'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HandledCall } from './answer-call.ts'
import { type FaultName, faultMeanings, listFaults } from './faults.ts'
import { type SignedCall, signCall, TestSandbox, testKey } from './testing/test-sandbox.ts'

let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open({
    bank: [{ account: 'tok-1', balanceFen: 1000 }],
    oneCard: [{ account: '2023001', balanceFen: 500 }],
  })
})
afterEach(() => sandbox.remove())

describe('silent', () => {
  test('neither acts nor answers, and holds the connection', async () => {
    await sandbox.setFault('bank', 'silent', { count: 1 })
    await expect(sandbox.debit('pay-00000001')).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await sandbox.bankCalls()).toEqual([])
    expect((await sandbox.debit('pay-00000001')).body.status).toBe('SUCCEEDED')
  })

  test('counts every call', async () => {
    await sandbox.setFault('bank', 'silent', { count: 1 })
    await expect(sandbox.query('pay-00000001')).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await sandbox.query('pay-00000001')).body).toEqual({ error: 'NOT_FOUND' })
  })

  test('SMS: the same', async () => {
    await sandbox.setFault('sms', 'silent', { count: 1 })
    await expect(sandbox.sendSms()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await sandbox.inbox()).toEqual([])
  })
})

describe('debit_then_drop', () => {
  test('acts and cuts the answer', async () => {
    await sandbox.setFault('bank', 'debit_then_drop', { count: 1 })
    await expect(sandbox.debit('pay-00000001')).rejects.toThrow('fetch failed')
    expect(await sandbox.bankKinds()).toEqual(['debited'])
    expect((await sandbox.debit('pay-00000001')).body.status).toBe('SUCCEEDED')
    expect(await sandbox.bankKinds()).toEqual(['debited'])
  })

  test('is not used up by a query', async () => {
    await sandbox.setFault('bank', 'debit_then_drop', { count: 1 })
    expect((await sandbox.query('pay-00000001')).status).toBe(404)
    await expect(sandbox.debit('pay-00000001')).rejects.toThrow('fetch failed')
  })

  test('refund: gives back and cuts the answer', async () => {
    await sandbox.debit('pay-00000001')
    await sandbox.setFault('bank', 'debit_then_drop', { count: 1 })
    await expect(sandbox.refund('pay-00000001', 'refund-001', 100)).rejects.toThrow('fetch failed')
    expect((await sandbox.queryRefund('pay-00000001', 'refund-001')).body.status).toBe('SUCCEEDED')
  })

  test('SMS: takes the message and cuts the answer', async () => {
    await sandbox.setFault('sms', 'debit_then_drop', { count: 1 })
    await expect(sandbox.sendSms()).rejects.toThrow('fetch failed')
    expect(await sandbox.inbox()).toHaveLength(1)
  })
})

describe('twice', () => {
  test.each(['keep-alive', 'close'])(
    'handles a debit twice, moves money once, and answers twice (connection: %s)',
    async (connection) => {
      await sandbox.setFault('bank', 'twice', { count: 1 })
      const { bankUrl } = sandbox.urls
      const request = { reference: 'pay-00000001', account: 'tok-1', amountFen: 300, memo: '' }
      const call = signCall(bankUrl, 'POST', '/v1/debits', request)
      const [first, second, ...more] = await readAnswers(bankUrl, call, connection)
      expect(more).toEqual([])
      expect(JSON.parse(first?.body ?? '')).toMatchObject({ status: 'SUCCEEDED' })
      expect(await isSignedFor(call, first)).toBe(true)
      expect(await isSignedFor(call, second)).toBe(true)
      expect(second?.body).toBe(first?.body)
      expect(await sandbox.bankCalls()).toEqual([
        'debit pay-00000001 SUCCEEDED',
        'debit pay-00000001 SUCCEEDED',
      ])
      expect(await sandbox.bankKinds()).toEqual(['debited'])
    },
  )

  test('strikes a refund too, and not the query before it', async () => {
    await sandbox.debit('pay-00000001')
    await sandbox.setFault('bank', 'twice', { count: 1 })
    await sandbox.query('pay-00000001')
    await sandbox.refund('pay-00000001', 'refund-001', 100)
    expect((await sandbox.bankCalls()).slice(1)).toEqual([
      'query pay-00000001 SUCCEEDED',
      'refund refund-001 SUCCEEDED',
      'refund refund-001 SUCCEEDED',
    ])
    expect(await sandbox.bankKinds()).toEqual(['debited', 'refunded'])
  })

  test('SMS: the message is handled twice and arrives once', async () => {
    await sandbox.setFault('sms', 'twice', { count: 1 })
    await sandbox.sendSms()
    expect(await sandbox.read<HandledCall>('/sms/calls')).toHaveLength(2)
    expect(await sandbox.inbox()).toHaveLength(1)
  })
})

describe('slow', () => {
  test('acts at once, answers late', async () => {
    await sandbox.setFault('bank', 'slow', { count: 1, delayMs: 2_000 })
    const startedMs = Date.now()
    const answer = sandbox.debit('pay-00000001')
    await expect.poll(() => sandbox.bankKinds(), { interval: 10 }).toEqual(['debited'])
    expect(Date.now() - startedMs).toBeLessThan(1_990)
    expect((await answer).body.status).toBe('SUCCEEDED')
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(1_990)
  })

  test('SMS: the same', async () => {
    await sandbox.setFault('sms', 'slow', { count: 1, delayMs: 200 })
    const startedMs = Date.now()
    expect((await sandbox.sendSms()).body.accepted).toBe(true)
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(190)
  })
})

describe('processing', () => {
  test('accepts a debit, then decides', async () => {
    await sandbox.setFault('bank', 'processing', { count: 1, delayMs: 50 })
    expect((await sandbox.debit('pay-00000001')).body.status).toBe('PROCESSING')
    await expect
      .poll(async () => (await sandbox.query('pay-00000001')).body.status)
      .toBe('SUCCEEDED')
  })

  test('accepts a refund, holds its amount, then gives it back', async () => {
    await sandbox.debit('pay-00000001', 1000)
    await sandbox.setFault('bank', 'processing', { count: 1, delayMs: 2_500 })
    const refund = () => sandbox.refund('pay-00000001', 'refund-001', 600)
    expect((await refund()).body).toMatchObject({ status: 'PROCESSING', amountFen: 600 })
    expect((await refund()).body.status).toBe('PROCESSING')
    expect((await sandbox.refund('pay-00000001', 'refund-002', 500)).body).toEqual({
      error: 'REFUND_EXCEEDS_DEBIT',
    })
    expect((await sandbox.debit('pay-00000002', 600)).body.status).toBe('DECLINED')
    await expect.poll(async () => (await refund()).body.status).toBe('SUCCEEDED')
    expect((await sandbox.debit('pay-00000003', 600)).body.status).toBe('SUCCEEDED')
    expect(await sandbox.bankKinds()).toEqual([
      'debited',
      'refund_accepted',
      'declined',
      'refunded',
      'debited',
    ])
  })

  test('what was accepted before a restart is decided by it, and not while stopped', async () => {
    await sandbox.debit('pay-00000001')
    await sandbox.setFault('bank', 'processing', { delayMs: 1_500 })
    await sandbox.refund('pay-00000001', 'refund-001', 100)
    await sandbox.debit('pay-00000002')
    await sandbox.stop()
    await sleep(1_550)
    await sandbox.start()
    expect(await sandbox.bankKinds()).toEqual([
      'debited',
      'refund_accepted',
      'accepted',
      'refunded',
      'debited',
    ])
    expect((await sandbox.queryRefund('pay-00000001', 'refund-001')).body.status).toBe('SUCCEEDED')
    expect((await sandbox.query('pay-00000002')).body.status).toBe('SUCCEEDED')
  })
})

describe('decline', () => {
  test('says no to a debit', async () => {
    await sandbox.setFault('bank', 'decline')
    expect((await sandbox.debit('pay-00000001')).body).toMatchObject({
      status: 'DECLINED',
      declineReason: 'OTHER',
    })
  })

  test('says no to a refund for good, and leaves the money to another refund', async () => {
    await sandbox.debit('pay-00000001', 1000)
    await sandbox.setFault('bank', 'decline', { count: 1 })
    const declined = await sandbox.refund('pay-00000001', 'refund-001', 1000)
    expect(declined.body).toMatchObject({ status: 'DECLINED', amountFen: 1000 })
    expect(await sandbox.refund('pay-00000001', 'refund-001', 1000)).toEqual(declined)
    expect((await sandbox.debit('pay-00000002', 1)).body.status).toBe('DECLINED')
    expect((await sandbox.refund('pay-00000001', 'refund-002', 1000)).body.status).toBe('SUCCEEDED')
    expect(await sandbox.bankKinds()).toEqual([
      'debited',
      'refund_declined',
      'declined',
      'refunded',
    ])
  })

  test('is not used up by a balance', async () => {
    await sandbox.setFault('one-card', 'decline', { count: 1 })
    expect(await sandbox.balanceFen('2023001')).toBe(500)
    const request = { reference: 'pay-00000001', account: '2023001', amountFen: 1, memo: '' }
    const answer = await sandbox.call(sandbox.urls.oneCardUrl, 'POST', '/v1/debits', request)
    expect(answer.body.status).toBe('DECLINED')
  })
})

describe('down', () => {
  test('refuses connections until it is back', async () => {
    await sandbox.setFault('bank', 'down')
    const refused = { cause: { code: 'ECONNREFUSED' } }
    await expect(sandbox.debit('pay-00000001')).rejects.toMatchObject(refused)
    await sandbox.setFault('bank', 'none')
    expect((await sandbox.debit('pay-00000001')).body.status).toBe('SUCCEEDED')
  })

  test('SMS: cuts the connection, whoever calls, until it is back', async () => {
    await sandbox.setFault('sms', 'down')
    await expect(sandbox.sendSms()).rejects.toThrow('fetch failed')
    await expect(sandbox.sendSms()).rejects.toThrow('fetch failed')
    const unsigned = fetch(`${sandbox.urls.url}/sms/v1/messages`, { method: 'POST' })
    await expect(unsigned).rejects.toThrow('fetch failed')
    await sandbox.setFault('sms', 'none')
    expect((await sandbox.sendSms()).body.accepted).toBe(true)
    expect(await sandbox.inbox()).toHaveLength(1)
  })
})

describe('switching', () => {
  test.each([
    [{ service: 'bank', fault: 'fire' }, 'Invalid option'],
    [{ service: 'bank', fault: 'down', count: 1 }, 'takes no count'],
    [{ service: 'sms', fault: 'decline' }, 'this service does not have this fault'],
    [{ service: 'bank', fault: 'callback_lost' }, 'this service does not have this fault'],
    [{ service: 'sms', fault: 'processing' }, 'this service does not have this fault'],
    [{ service: 'bank', fault: 'ask_password' }, 'this service does not have this fault'],
    [{ service: 'wechat', fault: 'wrong_room' }, 'this service does not have this fault'],
  ])('%j is refused, with the reason', async (content, reason) => {
    const response = await sandbox.postFault(content)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: 'BAD_REQUEST',
      message: expect.stringContaining(reason),
    })
  })

  test('the page offers what each service has, and says what it means', async () => {
    const page = await (await fetch(`${sandbox.urls.url}/faults`)).text()
    const sections = page.replace('<dl>', '<h2><dl>').split('<h2>')
    const [, bank = '', oneCard = '', sms = '', realName = '', utility = '', wechat = ''] = sections
    const ofWechat = listFaults('wechat').filter((fault) => !listFaults('bank').includes(fault))
    for (const fault of Object.keys(faultMeanings) as FaultName[]) {
      const ofCallback = fault.startsWith('callback_')
      for (const part of [bank, oneCard]) {
        expect(part.includes(`value="${fault}"`)).toBe(
          !ofCallback && fault !== 'wrong_room' && !ofWechat.includes(fault),
        )
      }
      expect(utility.includes(`value="${fault}"`)).toBe(!ofCallback && !ofWechat.includes(fault))
      expect(wechat.includes(`value="${fault}"`)).toBe(!ofCallback && fault !== 'wrong_room')
      expect(sections.at(-1)).toContain(`<dt>${fault}</dt>`)
      if (ofCallback) expect(realName).toContain(`value="${fault}"`)
    }
    expect(sms).not.toMatch(/value="(decline|processing|wrong_room|callback_\w+)"/)
    expect(realName).not.toMatch(/value="(decline|processing|wrong_room)"/)
  })
})

interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Everything that comes back on the connection until it has been quiet for a while. */
async function readAnswers(base: string, call: SignedCall, connection: string) {
  const { method, target, headers, body = '' } = call
  const { port, host } = new URL(base)
  const lines = Object.entries({ ...headers, host, connection, 'content-length': body.length })
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`${method} ${target} HTTP/1.1\r\n${head}\r\n${body}`)
  await new Promise((done) => socket.setTimeout(200, () => done(socket.destroy())).on('end', done))
  return text.split(/(?=HTTP\/1\.1 )/).map(parseAnswer)
}

function parseAnswer(text: string): RawAnswer {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  })
  return { status: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), body }
}

async function isSignedFor(call: SignedCall, answer: RawAnswer | undefined): Promise<boolean> {
  if (!answer) return false
  const requestSignature = call.signature
  const findKey = () => testKey
  const nowMs = Date.now()
  return (await verifyResponse({ ...answer, requestSignature, findKey, nowMs })).ok
}

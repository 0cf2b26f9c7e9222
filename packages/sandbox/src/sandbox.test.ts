import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import { openJournal } from './journal.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

const keyMaterial = {
  keyId: 'core-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 7).toString('base64url'),
} as const
const key = createSigningKey(keyMaterial)

let dir: string
let sandbox: Sandbox

async function start(): Promise<void> {
  sandbox = await startSandbox({
    HOST: '127.0.0.1',
    SANDBOX_PORT: 0,
    BANK_PORT: 0,
    ONE_CARD_PORT: 0,
    DATA_DIR: dir,
    PORT_KEY_ID: keyMaterial.keyId,
    PORT_KEY_SECRET: keyMaterial.secret,
    ACCOUNTS_FILE: join(dir, 'accounts.json'),
  })
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  const accounts = {
    bank: [{ account: 'tok-1', balanceFen: 1000 }],
    oneCard: [{ account: '2023001', balanceFen: 500 }],
  }
  writeFileSync(join(dir, 'accounts.json'), JSON.stringify(accounts))
  await start()
})
afterEach(async () => {
  await sandbox.stop()
  rmSync(dir, { recursive: true })
})

/** A signed call, whose answer must be signed for it. */
async function call(base: string, method: 'GET' | 'POST', target: string, content?: unknown) {
  const body = content === undefined ? undefined : JSON.stringify(content)
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const signed = signRequest({
    method,
    origin: base,
    target,
    headers,
    body,
    key,
    nowMs: Date.now(),
  })
  const response = await fetch(base + target, {
    method,
    headers: { ...headers, ...signed.headers },
    signal: AbortSignal.timeout(1500),
    ...(body !== undefined && { body }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const verified = await verifyResponse({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: bytes,
    requestSignature: signed.signature,
    findKey: () => key,
    nowMs: Date.now(),
  })
  expect(verified.ok).toBe(true)
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(bytes)) }
}

const debit = (reference: string, amountFen = 300, account = 'tok-1') =>
  call(sandbox.bankUrl, 'POST', '/v1/debits', { reference, account, amountFen, memo: 'test' })

const journal = async () =>
  (await fetch(`${sandbox.url}/bank/journal`)).json() as Promise<{ kind: string }[]>

async function setFault(service: string, fault: FaultName, more: object = {}): Promise<void> {
  const response = await fetch(`${sandbox.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service, fault, ...more }),
  })
  expect(response.status).toBe(200)
}

describe('the bank', () => {
  test('debits once per reference and refuses other content under it', async () => {
    const first = await debit('pay-00000001')
    expect(first).toMatchObject({ status: 200, body: { status: 'SUCCEEDED', amountFen: 300 } })
    expect(await debit('pay-00000001')).toEqual(first)
    expect(await debit('pay-00000001', 301)).toEqual({
      status: 409,
      body: { error: 'REFERENCE_REUSED' },
    })
    expect(await journal()).toHaveLength(1)
  })

  test('declines what is not covered, and does not know what it does not keep', async () => {
    expect((await debit('pay-00000001', 1001)).body).toMatchObject({
      status: 'DECLINED',
      declineReason: 'INSUFFICIENT_FUNDS',
    })
    expect(await debit('pay-00000002', 1, 'tok-x')).toEqual({
      status: 404,
      body: { error: 'ACCOUNT_UNKNOWN' },
    })
    expect(await call(sandbox.bankUrl, 'GET', '/v1/debits/pay-00000009')).toEqual({
      status: 404,
      body: { error: 'NOT_FOUND' },
    })
  })

  test('reverses to net zero, also before the debit arrives', async () => {
    await debit('pay-00000001')
    const reverse = (reference: string) =>
      call(sandbox.bankUrl, 'POST', `/v1/debits/${reference}/reverse`, {})
    expect((await reverse('pay-00000001')).body).toMatchObject({
      status: 'REVERSED',
      amountFen: 300,
    })
    expect((await reverse('pay-00000001')).body).toMatchObject({ status: 'REVERSED' })
    expect((await debit('pay-00000002', 1000)).body.status).toBe('SUCCEEDED')
    expect((await reverse('pay-00000003')).body).toMatchObject({
      status: 'REVERSED',
      amountFen: null,
    })
    expect((await debit('pay-00000003', 1)).body.status).toBe('REVERSED')
    expect((await journal()).map(({ kind }) => kind)).toEqual([
      'debited',
      'reversed',
      'debited',
      'reversed',
    ])
  })

  test('refunds up to the debit, once per refund reference', async () => {
    await debit('pay-00000001')
    const refund = (refundReference: string, amountFen: number) =>
      call(sandbox.bankUrl, 'POST', '/v1/debits/pay-00000001/refunds', {
        refundReference,
        amountFen,
      })
    const first = await refund('refund-001', 200)
    expect(first.body).toMatchObject({ status: 'SUCCEEDED', amountFen: 200 })
    expect(await refund('refund-001', 200)).toEqual(first)
    expect((await refund('refund-002', 101)).body).toEqual({ error: 'REFUND_EXCEEDS_DEBIT' })
    expect(
      (await call(sandbox.bankUrl, 'GET', '/v1/debits/pay-00000001/refunds/refund-001')).body,
    ).toEqual(first.body)
  })

  test('keeps its books over a restart, with a last line cut short', async () => {
    await debit('pay-00000001')
    await sandbox.stop()
    appendFileSync(join(dir, 'sandbox', 'bank.jsonl'), '{"at":"2026')
    await start()
    expect((await call(sandbox.bankUrl, 'GET', '/v1/debits/pay-00000001')).body.status).toBe(
      'SUCCEEDED',
    )
    expect((await debit('pay-00000002', 701)).body.status).toBe('DECLINED')
    expect((await debit('pay-00000003', 700)).body.status).toBe('SUCCEEDED')
    expect(openJournal(join(dir, 'sandbox', 'bank.jsonl')).entries).toHaveLength(3)
  })

  test('lets in only the core’s key', async () => {
    const response = await fetch(`${sandbox.bankUrl}/v1/debits/pay-00000001`)
    expect(response.status).toBe(401)
  })
})

describe('the one-card system', () => {
  test('tells a balance and takes from it', async () => {
    const balance = () => call(sandbox.oneCardUrl, 'POST', '/v1/balances', { account: '2023001' })
    expect((await balance()).body.balanceFen).toBe(500)
    await call(sandbox.oneCardUrl, 'POST', '/v1/debits', {
      reference: 'pay-00000001',
      account: '2023001',
      amountFen: 120,
      memo: '',
    })
    expect((await balance()).body.balanceFen).toBe(380)
  })
})

describe('faults', () => {
  test('silent: neither acts nor answers', async () => {
    await setFault('bank', 'silent', { count: 1 })
    await expect(debit('pay-00000001')).rejects.toThrow()
    expect(await journal()).toEqual([])
    expect((await debit('pay-00000001')).body.status).toBe('SUCCEEDED')
  })

  test('debit_then_drop: acts and cuts the answer', async () => {
    await setFault('bank', 'debit_then_drop', { count: 1 })
    await expect(debit('pay-00000001')).rejects.toThrow()
    expect(await journal()).toHaveLength(1)
    expect((await debit('pay-00000001')).body.status).toBe('SUCCEEDED')
    expect(await journal()).toHaveLength(1)
  })

  test('twice: reaches the books two times and moves money once', async () => {
    await setFault('bank', 'twice')
    await debit('pay-00000001')
    expect(await journal()).toHaveLength(1)
  })

  test('slow: acts at once, answers late', async () => {
    await setFault('bank', 'slow', { count: 1, delayMs: 200 })
    const startedMs = Date.now()
    expect((await debit('pay-00000001')).body.status).toBe('SUCCEEDED')
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(190)
  })

  test('processing: accepts, then decides', async () => {
    await setFault('bank', 'processing', { count: 1, delayMs: 50 })
    expect((await debit('pay-00000001')).body.status).toBe('PROCESSING')
    await expect
      .poll(async () => (await call(sandbox.bankUrl, 'GET', '/v1/debits/pay-00000001')).body.status)
      .toBe('SUCCEEDED')
  })

  test('decline: says no', async () => {
    await setFault('bank', 'decline')
    expect((await debit('pay-00000001')).body).toMatchObject({
      status: 'DECLINED',
      declineReason: 'OTHER',
    })
  })

  test('down: refuses connections until it is back', async () => {
    await setFault('bank', 'down')
    await expect(debit('pay-00000001')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await setFault('bank', 'none')
    expect((await debit('pay-00000001')).body.status).toBe('SUCCEEDED')
  })

  test('an unknown fault is refused', async () => {
    const response = await fetch(`${sandbox.url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'bank', fault: 'fire' }),
    })
    expect(response.status).toBe(400)
  })
})

describe('SMS', () => {
  test('a message is sent once per reference and shows in the inbox', async () => {
    const message = {
      reference: 'sms-00000001',
      phone: '13800001234',
      template: 'enrol-device',
      params: { code: '246810' },
    }
    const send = () => call(sandbox.url, 'POST', '/sms/v1/messages', message)
    expect((await send()).body).toEqual({ reference: 'sms-00000001', accepted: true })
    await send()
    const inbox = await (await fetch(`${sandbox.url}/inbox.json`)).json()
    expect(inbox).toHaveLength(1)
    const shown = await (await fetch(`${sandbox.url}/inbox?tail=1234`)).text()
    expect(shown).toContain('246810')
    expect(await (await fetch(`${sandbox.url}/inbox?tail=9999`)).text()).not.toContain('246810')
  })
})

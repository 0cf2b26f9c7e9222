import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SeenNonces } from './seen-nonces.ts'
import { type SignedCall, send, signCall, TestSandbox } from './testing/test-sandbox.ts'

let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open({ bank: [{ account: 'tok-1', balanceFen: 1000 }], oneCard: [] })
})
afterEach(() => sandbox.remove())

describe('only the core gets in', () => {
  test('an unsigned call is refused', async () => {
    const response = await fetch(`${sandbox.urls.bankUrl}/v1/debits/pay-00000001`)
    expect(response.status).toBe(401)
  })

  test('a replayed call is refused, and with nothing that could answer the original', async () => {
    const { bankUrl } = sandbox.urls
    const body = { reference: 'pay-00000001', account: 'tok-1', amountFen: 1, memo: '' }
    const call = signCall(bankUrl, 'POST', '/v1/debits', body)
    expect((await send(bankUrl, call)).status).toBe(200)
    const replayed = await send(bankUrl, call)
    expect(replayed.status).toBe(401)
    expect(replayed.headers.has('signature')).toBe(false)
    expect(await sandbox.bankCalls()).toEqual(['debit pay-00000001 SUCCEEDED'])
  })

  test('a call with another Host, or a signed header twice, is refused', async () => {
    const { bankUrl } = sandbox.urls
    const call = () => signCall(bankUrl, 'GET', '/v1/debits/pay-00000001')
    const host = new URL(bankUrl).host
    expect(await sendRaw(bankUrl, call(), { host })).toBe(404)
    expect(await sendRaw(bankUrl, call(), { host: 'bank.example' })).toBe(400)
    const ecodeTwice = { host, 'ecode-request-id': ['a', 'b'] }
    expect(await sendRaw(bankUrl, call(), ecodeTwice)).toBe(400)
  })

  test('a body over 64 KB is refused unread, with and without a declared length', async () => {
    const { bankUrl } = sandbox.urls
    const long = signCall(bankUrl, 'POST', '/v1/debits', { memo: 'x'.repeat(64 * 1024) })
    expect((await send(bankUrl, long)).status).toBe(413)
    const chunked = await fetch(`${bankUrl}/v1/debits`, {
      method: 'POST',
      body: new Blob([long.body ?? '']).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
    const fits = { memo: 'x'.repeat(60 * 1024) }
    expect((await sandbox.call(bankUrl, 'POST', '/v1/debits', fits)).status).toBe(400)
  })
})

test('a nonce is remembered for as long as its signature is believed, and no longer', () => {
  const seen = new SeenNonces()
  expect(seen.claim('a', 1_000, 1_000_000)).toBe(true)
  expect(seen.claim('a', 1_000, 1_060_999)).toBe(false)
  expect(seen.size).toBe(1)
  expect(seen.claim('b', 1_061, 1_061_000)).toBe(true)
  expect(seen.size).toBe(1)
})

/** Unlike fetch, sends the headers it is given. */
function sendRaw(
  base: string,
  { method, target, headers }: SignedCall,
  more: Record<string, string | string[]>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(base + target, { method, headers: { ...headers, ...more } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .once('error', reject)
      .end()
  })
}

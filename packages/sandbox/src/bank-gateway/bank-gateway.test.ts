import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TestSandbox } from '../testing/test-sandbox.ts'

const lin = {
  name: '林知夏',
  idNumber: '99010120050612124X',
  cardNo: '9990010000001234',
  phone: '12000010417',
  bankName: '云谷银行',
}
const wei = { ...lin, name: '卫青禾', idNumber: '990101200406121245', cardNo: '9990010000005678' }
const closed = { ...lin, cardNo: '9990010000000001', status: 'closed' as const }
const foreign = { ...lin, cardNo: '9990090000000002', status: 'not_supported' as const }

let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open({
    bank: [
      { account: 'tok-1', balanceFen: 1000, card: lin },
      { account: 'tok-2', balanceFen: 0, card: wei },
      { account: 'tok-3', balanceFen: 0, card: closed },
      { account: 'tok-4', balanceFen: 0, card: foreign },
      { account: 'tok-5', balanceFen: 0 },
    ],
    oneCard: [{ account: '2023001', balanceFen: 500 }],
  })
})
afterEach(async () => {
  vi.useRealTimers()
  await sandbox.remove()
})

const bank = (method: 'GET' | 'POST', target: string, content?: unknown) =>
  sandbox.call(sandbox.urls.bankUrl, method, target, content)

interface Asked {
  name: string
  idNumber: string
  cardNo: string
  phone: string
}
async function check(change: Partial<Asked> = {}, reference = 'check-00000001') {
  const { name, idNumber, cardNo, phone } = { ...lin, ...change }
  return bank('POST', '/v1/card-checks', { reference, name, idNumber, cardNo, phone })
}
const confirm = (smsCode: string, reference = 'check-00000001') =>
  bank('POST', `/v1/card-checks/${reference}/confirm`, { smsCode })
const payOut = (reference = 'wd-00000001', amountFen = 300, account = 'tok-2') =>
  bank('POST', '/v1/payouts', { reference, account, amountFen, memo: 'test' })
const queryPayout = (reference = 'wd-00000001') => bank('GET', `/v1/payouts/${reference}`)
const cancelPayout = (reference = 'wd-00000001') =>
  bank('POST', `/v1/payouts/${reference}/cancel`, {})

async function readCode(): Promise<string> {
  const [newest] = await sandbox.inbox()
  return /验证码 (\d{6})/.exec(newest?.text ?? '')?.[1] ?? ''
}
const another = (code: string) => (code === '000000' ? '000001' : '000000')

describe('a card check', () => {
  test('of what agrees sends a code to the reserved phone, and the code gives the token', async () => {
    expect((await check()).body).toEqual({
      reference: 'check-00000001',
      result: 'SMS_SENT',
      differs: [],
      bankName: '云谷银行',
      tail: '1234',
      phoneTail: '0417',
    })
    expect(await sandbox.inbox()).toMatchObject([{ phone: '12000010417' }])
    const right = await confirm(await readCode())
    expect(right.body).toEqual({
      reference: 'check-00000001',
      result: 'CONFIRMED',
      account: 'tok-1',
    })
    expect(await confirm(await readCode())).toEqual(right)
    expect((await confirm(another(await readCode()))).body.result).toBe('CODE_WRONG')
  })

  test.each<[string, Partial<Asked>, string[]]>([
    ['name', { name: '林夏' }, ['holder']],
    ['ID number', { idNumber: wei.idNumber }, ['holder']],
    ['phone', { phone: '12000010418' }, ['phone']],
    ['name and phone', { name: '林夏', phone: '12000010418' }, ['holder', 'phone']],
    ['card number of a known person', { cardNo: '9990010000009999' }, ['card']],
    ['everything', { name: '无名', cardNo: '9990010000009999' }, ['holder', 'card']],
    ['card of somebody else', { cardNo: wei.cardNo }, ['holder']],
  ])(
    'with another %s is a mismatch that names no card, and no SMS goes out',
    async (_, change, differs) => {
      expect((await check(change)).body).toEqual({
        reference: 'check-00000001',
        result: 'MISMATCH',
        differs,
        bankName: null,
        tail: null,
        phoneTail: null,
      })
      expect(await sandbox.inbox()).toEqual([])
      expect((await confirm('123456')).body).toEqual({ error: 'NOT_FOUND' })
    },
  )

  test('tells a closed card to its holder only, and a bank that takes no part to all', async () => {
    expect((await check({ cardNo: closed.cardNo }, 'check-00000002')).body.result).toBe(
      'CARD_CLOSED',
    )
    const other = await check({ cardNo: closed.cardNo, name: '无名' }, 'check-00000003')
    expect(other.body.result).toBe('MISMATCH')
    const unsupported = await check({ cardNo: foreign.cardNo }, 'check-00000004')
    expect(unsupported.body.result).toBe('NOT_SUPPORTED')
  })

  test('of a token sends the code alone', async () => {
    const request = { reference: 'check-00000001', account: 'tok-1' }
    expect((await bank('POST', '/v1/card-checks', request)).body).toMatchObject({
      result: 'SMS_SENT',
      phoneTail: '0417',
    })
    expect((await confirm(await readCode())).body.account).toBe('tok-1')
    const unknown = { reference: 'check-00000002', account: 'tok-x' }
    expect((await bank('POST', '/v1/card-checks', unknown)).body).toEqual({
      error: 'ACCOUNT_UNKNOWN',
    })
    const gone = { reference: 'check-00000003', account: 'tok-3' }
    expect((await bank('POST', '/v1/card-checks', gone)).body.result).toBe('CARD_CLOSED')
  })

  test('repeated is one check with one SMS; with other content it is refused', async () => {
    const first = await check()
    expect(await check()).toEqual(first)
    expect(await sandbox.inbox()).toHaveLength(1)
    expect((await check({ phone: '12000010418' })).body).toEqual({ error: 'REFERENCE_REUSED' })
  })

  test('allows five tries, the last of them said to be it', async () => {
    await check()
    const wrong = another(await readCode())
    const results = []
    for (let i = 0; i < 5; i++) results.push((await confirm(wrong)).body.result)
    expect(results).toEqual([...Array(4).fill('CODE_WRONG'), 'TRIES_EXHAUSTED'])
    expect((await confirm(await readCode())).body).toMatchObject({
      result: 'TRIES_EXHAUSTED',
      account: null,
    })
  })

  test('has a code of its own for each reference', async () => {
    await check()
    const first = await readCode()
    await check({}, 'check-00000002')
    const second = await readCode()
    expect(second).not.toBe(first)
    expect((await confirm(first, 'check-00000002')).body.result).toBe('CODE_WRONG')
  })

  test('ends after five minutes, to the second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await check()
    const code = await readCode()
    vi.setSystemTime(Date.now() + 299_999)
    await check({}, 'check-00000002')
    vi.setSystemTime(Date.now() + 1)
    expect((await confirm(code)).body.result).toBe('CODE_EXPIRED')
    expect((await confirm(await readCode(), 'check-00000002')).body.result).toBe('CONFIRMED')
  })

  test('outlives a restart, with its tries', async () => {
    await check()
    const code = await readCode()
    for (let i = 0; i < 4; i++) await confirm(another(code))
    await sandbox.stop()
    await sandbox.start()
    expect((await confirm(another(code))).body.result).toBe('TRIES_EXHAUSTED')
  })

  test('leaves no name, ID number, card number or code in journal, calls and pages', async () => {
    await check()
    const code = await readCode()
    await check({ name: '林夏' }, 'check-00000002')
    await confirm(another(code))
    await confirm(code)
    const texts = [
      ...['bank', 'bank-card-checks'].map((name) =>
        readFileSync(join(sandbox.dir, 'sandbox', `${name}.jsonl`), 'utf8'),
      ),
      ...(await Promise.all(
        ['/bank/journal', '/bank/calls', '/bank/card-checks'].map(async (path) =>
          (await fetch(sandbox.urls.url + path)).text(),
        ),
      )),
    ]
    expect(texts.join()).toContain('tok-1')
    for (const secret of [lin.name, '林夏', lin.idNumber, lin.cardNo, code]) {
      for (const text of texts) expect(text).not.toContain(secret)
    }
  })

  test('is struck by a bank that is silent, slow or down', async () => {
    await sandbox.setFault('bank', 'silent', { count: 1 })
    await expect(check()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await sandbox.inbox()).toEqual([])
    await sandbox.setFault('bank', 'slow', { count: 1, delayMs: 60_000 })
    await expect(check()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await sandbox.inbox()).toHaveLength(1)
    expect((await check()).body.result).toBe('SMS_SENT')
    await sandbox.setFault('bank', 'down')
    await expect(check()).rejects.toThrow('fetch failed')
    await sandbox.setFault('bank', 'none')
  })

  test('uses up no fault that is meant for orders', async () => {
    await sandbox.setFault('bank', 'decline', { count: 1 })
    expect((await check()).body.result).toBe('SMS_SENT')
    expect((await payOut()).body.status).toBe('DECLINED')
  })
})

describe('a payout', () => {
  /** What the account holds, found by taking it. */
  async function holds(account: string, amountFen: number): Promise<boolean> {
    const { body } = await sandbox.debit(`probe-${account}-${amountFen}`, amountFen, account)
    return body.status === 'SUCCEEDED'
  }

  test('pays once per reference, into the card’s account', async () => {
    const first = await payOut()
    expect(first.body).toMatchObject({ status: 'SUCCEEDED', amountFen: 300 })
    expect(await payOut()).toEqual(first)
    expect(await queryPayout()).toEqual(first)
    expect((await payOut('wd-00000001', 301)).body).toEqual({ error: 'REFERENCE_REUSED' })
    expect((await payOut('wd-00000001', 300, 'tok-1')).body).toEqual({ error: 'REFERENCE_REUSED' })
    expect(await sandbox.bankKinds()).toEqual(['paid_out'])
    expect(await holds('tok-2', 301)).toBe(false)
    expect(await holds('tok-2', 300)).toBe(true)
  })

  test('does not know what it does not keep', async () => {
    expect((await payOut('wd-00000001', 1, 'tok-x')).body).toEqual({ error: 'ACCOUNT_UNKNOWN' })
    expect((await queryPayout()).body).toEqual({ error: 'NOT_FOUND' })
  })

  test('that is cancelled before it came never happens', async () => {
    expect((await cancelPayout()).body).toMatchObject({ status: 'CANCELLED', amountFen: null })
    expect((await payOut()).body.status).toBe('CANCELLED')
    expect((await cancelPayout()).body.status).toBe('CANCELLED')
    expect(await sandbox.bankKinds()).toEqual(['payout_cancelled'])
  })

  test('that happened, was declined or is under way cannot be cancelled', async () => {
    await payOut()
    expect((await cancelPayout()).body.status).toBe('SUCCEEDED')
    await sandbox.setFault('bank', 'decline', { count: 1 })
    await payOut('wd-00000002')
    expect((await cancelPayout('wd-00000002')).body.status).toBe('DECLINED')
    await sandbox.setFault('bank', 'processing', { count: 1, delayMs: 60_000 })
    await payOut('wd-00000003')
    expect((await cancelPayout('wd-00000003')).body.status).toBe('PROCESSING')
    expect(await sandbox.bankKinds()).toEqual(['paid_out', 'payout_declined', 'payout_accepted'])
  })

  test('accepted is decided later, also by the next start', async () => {
    await sandbox.setFault('bank', 'processing', { delayMs: 20 })
    expect((await payOut()).body.status).toBe('PROCESSING')
    await expect.poll(async () => (await queryPayout()).body.status).toBe('SUCCEEDED')
    await sandbox.setFault('bank', 'processing', { delayMs: 60_000 })
    await payOut('wd-00000002', 50)
    await sandbox.stop()
    await sandbox.start()
    expect((await queryPayout('wd-00000002')).body.status).toBe('SUCCEEDED')
    expect((await queryPayout()).body.status).toBe('SUCCEEDED')
    expect(await holds('tok-2', 350)).toBe(true)
  })

  test('paid and dropped, slow, or handled twice is still one payout', async () => {
    await sandbox.setFault('bank', 'debit_then_drop', { count: 1 })
    await expect(payOut()).rejects.toThrow('fetch failed')
    expect((await payOut()).body.status).toBe('SUCCEEDED')
    await sandbox.setFault('bank', 'twice', { count: 1 })
    expect((await payOut('wd-00000002')).body.status).toBe('SUCCEEDED')
    await sandbox.setFault('bank', 'slow', { count: 1, delayMs: 60_000 })
    await expect(payOut('wd-00000003')).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await queryPayout('wd-00000003')).body.status).toBe('SUCCEEDED')
    expect(await sandbox.bankKinds()).toEqual(['paid_out', 'paid_out', 'paid_out'])
    expect(await sandbox.bankCalls()).toContain('payOut wd-00000002 SUCCEEDED')
  })

  test('to a silent bank, or one that is down, has not happened', async () => {
    await sandbox.setFault('bank', 'silent', { count: 1 })
    await expect(payOut()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await queryPayout()).body).toEqual({ error: 'NOT_FOUND' })
    await sandbox.setFault('bank', 'down')
    await expect(payOut()).rejects.toThrow('fetch failed')
    await sandbox.setFault('bank', 'none')
    expect(await sandbox.bankKinds()).toEqual([])
  })
})

test('the one-card system neither checks cards nor pays out', async () => {
  const request = { reference: 'wd-00000001', account: '2023001', amountFen: 1, memo: '' }
  const answer = sandbox.call(sandbox.urls.oneCardUrl, 'POST', '/v1/payouts', request)
  await expect(answer).rejects.toThrow('404')
})

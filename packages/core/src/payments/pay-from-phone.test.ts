import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { giveCollectionCode } from '../collections/give-code.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { isRefusal } from '../http/operation.ts'
import { claimSignatureNonce } from '../http/seen-nonces.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { PHONE_WAIT_SECONDS, type PhonePayment, payFromPhone } from './pay-from-phone.ts'
import type { PaymentRow } from './store.ts'

let core: HttpCore
let personId: string
beforeAll(async () => {
  core = await createHttpCore()
  const { merchantId, terminal } = core
  const till = { schoolId: SCHOOL, merchantId, terminalId: terminal.terminalId }
  await inTransaction(core.db.pool, (tx) => giveCollectionCode(tx, till))
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})
beforeEach(async () => {
  personId = (await core.addPerson({ personClass: 'student' })).personId
  await setPassword(core, personId)
})

function begin(
  more: Partial<PhonePayment> = {},
  { nonce = v7(), proofJti }: { nonce?: string; proofJti?: string } = {},
) {
  const caller = { kind: 'bff', keyId: 'bff-1' } as const
  const claimNonce = (tx: Tx) => claimSignatureNonce(tx, SCHOOL, caller.keyId, nonce)
  const ctx = { caller, nonce, proofJti, claimNonce }
  return payFromPhone(core.services, ctx, {
    schoolId: SCHOOL,
    personId,
    terminalId: core.terminal.terminalId,
    merchantId: core.merchantId,
    orderNo: v7(),
    contentHash: createHash('sha256').update(personId).digest(),
    listFen: 1_000,
    account: 'wallet',
    means: 'collection',
    needsPassword: false,
    ...more,
  })
}

async function begun(more?: Partial<PhonePayment>): Promise<PaymentRow> {
  const row = await begin(more)
  if (isRefusal(row)) throw new Error(row.refused)
  return row
}

describe('a payment that begins on the phone', () => {
  it('at a price that was not agreed to pays nothing, nor when it arrives again once the price is back (R4)', async () => {
    const nonce = v7()
    expect(await begin({ agreedFen: 1_000 }, { nonce })).toMatchObject({ refused: 'PRICE_CHANGED' })
    expect(await begin({ agreedFen: 900 }, { nonce })).toMatchObject({
      refused: 'SIGNATURE_REPLAYED',
    })
    expect(await begin({ agreedFen: 900 })).toMatchObject({ status: 'PAID', amount_fen: 900 })
  })

  it('is priced for the class and paid at once where no password is needed (R4, R23)', async () => {
    expect(await begun()).toMatchObject({
      status: 'PAID',
      list_fen: 1_000,
      amount_fen: 900,
      means: 'collection',
      channel: 'wallet',
    })
    expect((await core.payer(personId)).wallet_fen).toBe(9_100)
  })

  it('waits for the password where it is asked for, longer than at a till', async () => {
    const row = await begun({ needsPassword: true })
    expect(row.status).toBe('AWAITING_PASSWORD')
    const waitMs = (row.confirm_by?.getTime() ?? 0) - row.created_at.getTime()
    expect(waitMs).toBe(PHONE_WAIT_SECONDS * 1_000)
    const { body } = await core.call('confirmPayment', {
      params: { personId, paymentId: row.payment_id },
      body: {
        approvalId: await approve(core, personId, { kind: 'pay', paymentId: row.payment_id }),
      },
    })
    expect(body).toMatchObject({ status: 'PAID', means: 'collection', amountFen: 900 })
  })

  it('is paid by the one-card account, which is asked after the commit (R7)', async () => {
    expect(await begun({ account: 'one_card' })).toMatchObject({
      status: 'PAID',
      channel: 'one_card',
    })
  })

  it('is one payment however often it is sent, and other content under its number is refused', async () => {
    const payment = { orderNo: v7() }
    const rows = await Promise.all(Array.from({ length: 6 }, () => begun(payment)))
    expect(new Set(rows.map((row) => row.payment_id)).size).toBe(1)
    expect((await core.payer(personId)).wallet_fen).toBe(9_100)
    const contentHash = createHash('sha256').update('other').digest()
    expect(await begin({ ...payment, contentHash })).toEqual({ refused: 'ORDER_NO_REUSED' })
  })

  it('keeps what the batch refused under the number', async () => {
    const payment = { orderNo: v7(), listFen: 20_000, account: 'wallet' as const }
    expect(await begin(payment)).toEqual({ refused: 'INSUFFICIENT_FUNDS' })
    await core.db.pool.query('update payers set bank_card_id = $2 where person_id = $1', [
      personId,
      v7(),
    ])
    expect(await begin(payment)).toEqual({ refused: 'INSUFFICIENT_FUNDS' })
  })

  it('ORDER_REVERSED under a number that has a tombstone', async () => {
    const orderNo = v7()
    await core.call('reverse', { params: { orderNo }, body: {} })
    expect(await begin({ orderNo })).toEqual({ refused: 'ORDER_REVERSED' })
  })

  it('takes a nonce and a proof once', async () => {
    const nonce = v7()
    await begin({}, { nonce })
    expect(await begin({}, { nonce })).toEqual({ refused: 'SIGNATURE_REPLAYED' })
    const proofJti = v7()
    await begin({}, { proofJti })
    await expect(begin({}, { proofJti })).rejects.toMatchObject({ refused: 'PROOF_REPLAYED' })
  })

  it('stands in line with what a till asks of the same payer', async () => {
    const code = await core.issueCode(personId)
    const body = { orderNo: v7(), amountFen: 1_000, code }
    const [till] = await Promise.all([
      core.call('pay', { body }),
      ...Array.from({ length: 5 }, () => begun()),
    ])
    expect(till.body.status).toBe('PAID')
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 4_600, spent_fen: 5_400 })
  })

  it('OVER_STATIC_LIMIT beyond ¥500 a day to collection codes alone (R15)', async () => {
    const { personId: rich } = await core.addPerson({ walletFen: 90_000 })
    await setPassword(core, rich)
    const pay = (listFen: number) => begin({ personId: rich, listFen, needsPassword: true })
    for (const listFen of [20_000, 20_000, 10_000]) {
      expect(await pay(listFen)).toMatchObject({ status: 'AWAITING_PASSWORD' })
    }
    expect(await pay(1)).toEqual({ refused: 'OVER_STATIC_LIMIT' })
    const body = { orderNo: v7(), amountFen: 1, code: await core.issueCode(rich) }
    expect((await core.call('pay', { body })).body.status).toBe('PAID')
  })
})

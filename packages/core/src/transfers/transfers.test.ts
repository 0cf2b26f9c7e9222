import type { Transfer } from '@campus-ecode/protocol/wallet'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { approve } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTransferCalls } from '../testing/transfers.ts'
import { findPendingTransfers } from './store.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterEach(async () => {
  core.bank.setFault('none')
  core.gateway.setFault('none')
  expect(await checkBooks(core.db.pool)).toEqual([])
})
afterAll(() => core.close())

const kinds = [
  ['topUp', 'top_up'],
  ['withdraw', 'withdrawal'],
] as const

/** Somebody with a card bound, and what they would send. */
async function prepare(
  kind: Transfer['kind'],
  person: Parameters<HttpCore['addPerson']>[0] = {},
  amountFen = 1000,
) {
  const { personId } = await core.addPerson({ bankCard: true, ...person })
  const { rows } = await core.db.pool.query('select card_id from bank_cards where person_id = $1', [
    personId,
  ])
  const content = { transferId: v7(), cardId: (rows[0]?.card_id as string) ?? v7(), amountFen }
  const approvalId = await approve(core, personId, { kind, ...content })
  return { personId, params: { personId }, body: { ...content, approvalId } }
}

async function setPayer(personId: string, column: string, value: string) {
  await core.db.pool.query(`update payers set ${column} = $2 where person_id = $1`, [
    personId,
    value,
  ])
}

async function countMovements(transferId: string): Promise<number> {
  const { rows } = await core.db.pool.query(
    'select count(*) as count from external_movements where movement_id = $1',
    [transferId],
  )
  return rows[0].count
}

describe('top-ups and withdrawals (R12)', () => {
  it('are the same in whichever case their ids are written', async () => {
    for (const [route, kind] of kinds) {
      const { params, body } = await prepare(kind)
      const upper = {
        ...body,
        transferId: body.transferId.toUpperCase(),
        cardId: body.cardId.toUpperCase(),
        approvalId: body.approvalId.toUpperCase(),
      }
      const shouted = await core.call(route, {
        params: { personId: params.personId.toUpperCase() },
        body: upper,
      })
      expect(shouted).toMatchObject({ status: 200, body: { transferId: body.transferId } })
      const again = await core.call(route, { params, body })
      expect(again).toMatchObject({ status: 200, body: shouted.body })
      const asked = { personId: params.personId, transferId: upper.transferId }
      expect((await core.call('getTransfer', { params: asked })).body).toEqual(shouted.body)
      expect(await countMovements(body.transferId)).toBe(1)
    }
  })

  it('move money between card and wallet, and are found again', async () => {
    for (const [route, kind] of kinds) {
      const call = await prepare(kind)
      const { status, body } = await core.call(route, call)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        transferId: call.body.transferId,
        kind,
        status: 'SUCCEEDED',
        amountFen: 1000,
        bankName: '建设银行',
        cardTail: '1234',
      })
      expect(body.settledAt).not.toBeNull()
      const params = { personId: call.personId, transferId: call.body.transferId }
      expect((await core.call('getTransfer', { params })).body).toEqual(body)
      const { wallet_fen } = await core.payer(call.personId)
      expect(wallet_fen).toBe(kind === 'top_up' ? 11_000 : 9_000)
    }
  })

  it('take the school into the bank’s reference, for the bank knows no schools', async () => {
    const call = await prepare('withdrawal')
    await core.call('withdraw', call)
    const { rows } = await core.db.pool.query(
      'select reference from external_movements where movement_id = $1',
      [call.body.transferId],
    )
    expect(rows).toEqual([{ reference: `wd-${SCHOOL}-${call.body.transferId}` }])
  })

  describe.each(kinds)('%s refuses', (route, kind) => {
    it('APPROVAL_INVALID without an approval of exactly this', async () => {
      const call = await prepare(kind)
      const body = { ...call.body, amountFen: 1001 }
      expect(await core.refused(route, { ...call, body })).toBe('APPROVAL_INVALID')
      const other = kind === 'top_up' ? 'withdraw' : 'topUp'
      expect(await core.refused(other, call)).toBe('APPROVAL_INVALID')
      expect((await core.call(route, call)).status).toBe(200)
      expect((await core.payer(call.personId)).wallet_version).toBe(2)
    })

    it.each([
      ['ACCOUNT_NOT_OPEN', 'wallet_status', 'closed'],
      ['ACCOUNT_NOT_OPEN', 'wallet_status', 'not_open'],
      ['CARD_NOT_CLAIMED', 'card_status', 'unclaimed'],
      ['CARD_LOCKED', 'card_status', 'locked'],
    ])('%s when %s is %s', async (code, column, value) => {
      const call = await prepare(kind)
      await setPayer(call.personId, column, value)
      expect(await core.refused(route, call)).toBe(code)
      expect(await countMovements(call.body.transferId)).toBe(0)
    })

    it('CARD_CLOSED when the card is closed; money that is left may go (R42)', async () => {
      const call = await prepare(kind, { walletFen: kind === 'withdrawal' ? 0 : 10_000 })
      await setPayer(call.personId, 'card_status', 'closed')
      expect(await core.refused(route, call)).toBe('CARD_CLOSED')
      expect(await countMovements(call.body.transferId)).toBe(0)
    })

    it('CARD_NOT_BOUND for a card that is unbound, unknown or another’s', async () => {
      const call = await prepare(kind)
      await core.db.pool.query('update bank_cards set unbound_at = now() where card_id = $1', [
        call.body.cardId,
      ])
      expect(await core.refused(route, call)).toBe('CARD_NOT_BOUND')
      const other = await prepare(kind)
      const content = { transferId: v7(), cardId: other.body.cardId, amountFen: 5 }
      const approvalId = await approve(core, call.personId, { kind, ...content })
      const body = { ...content, approvalId }
      expect(await core.refused(route, { ...call, body })).toBe('CARD_NOT_BOUND')
    })

    it('TRANSFER_ID_REUSED for other content, another kind and another person, before all else', async () => {
      const call = await prepare(kind)
      await core.call(route, call)
      const body = { ...call.body, amountFen: 1001 }
      expect(await core.refused(route, { ...call, body })).toBe('TRANSFER_ID_REUSED')
      const otherRoute = kind === 'top_up' ? 'withdraw' : 'topUp'
      expect(await core.refused(otherRoute, call)).toBe('TRANSFER_ID_REUSED')

      const other = await prepare(kind)
      const content = {
        transferId: call.body.transferId,
        cardId: other.body.cardId,
        amountFen: 1000,
      }
      const approvalId = await approve(core, other.personId, { kind, ...content })
      const theirs = { params: other.params, body: { ...content, approvalId } }
      expect(await core.refused(route, theirs)).toBe('TRANSFER_ID_REUSED')
      expect((await core.payer(other.personId)).wallet_fen).toBe(10_000)
      const params = { personId: other.personId, transferId: content.transferId }
      expect(await core.refused('getTransfer', { params })).toBe('TRANSFER_NOT_FOUND')
    })

    it('TRANSFER_ID_REUSED for the id of something that is no transfer', async () => {
      const { personId } = await core.addPerson({ bankCard: true, walletFen: 0 })
      const code = await core.issueCode(personId)
      const orderNo = v7()
      const paid = await core.call('pay', { body: { orderNo, amountFen: 10, code } })
      const rich = await prepare(kind)
      const content = { transferId: paid.body.paymentId, cardId: rich.body.cardId, amountFen: 10 }
      const approvalId = await approve(core, rich.personId, { kind, ...content })
      const body = { ...content, approvalId }
      expect(await core.refused(route, { ...rich, body })).toBe('TRANSFER_ID_REUSED')
    })

    it('AMOUNT_INVALID for nothing', async () => {
      const call = await prepare(kind)
      const body = { ...call.body, amountFen: 0 }
      expect(await core.refused(route, { ...call, body })).toBe('AMOUNT_INVALID')
    })

    it('SIGNATURE_REPLAYED for a request that came before', async () => {
      const call = await prepare(kind)
      const nonce = v7()
      expect((await core.call(route, { ...call, nonce })).status).toBe(200)
      expect(await core.refused(route, { ...call, nonce })).toBe('SIGNATURE_REPLAYED')
    })
  })

  it('INSUFFICIENT_FUNDS for more than the wallet holds, to the fen', async () => {
    const over = await prepare('withdrawal', { walletFen: 999 })
    expect(await core.refused('withdraw', over)).toBe('INSUFFICIENT_FUNDS')
    const all = await prepare('withdrawal', { walletFen: 1000 })
    expect((await core.call('withdraw', all)).status).toBe(200)
    expect((await core.payer(all.personId)).wallet_fen).toBe(0)
  })

  it('a wallet at ¥0.00 can be topped up', async () => {
    const call = await prepare('top_up', { walletFen: 0 })
    expect((await core.call('topUp', call)).body.status).toBe('SUCCEEDED')
    expect((await core.payer(call.personId)).wallet_fen).toBe(1000)
  })

  it('are answered again with what is true now, whatever became of approval and card', async () => {
    const call = await prepare('withdrawal')
    core.gateway.setFault('processing')
    const first = await core.call('withdraw', call)
    expect([first.status, first.body.status]).toEqual([202, 'PROCESSING'])
    expect(await findPendingTransfers(core.db.pool, SCHOOL, call.personId)).toEqual([first.body])
    await setPayer(call.personId, 'card_status', 'locked')
    expect((await core.call('withdraw', call)).body).toEqual(first.body)
    expect(core.gateway.calls.filter((name) => name === 'payOut')).not.toHaveLength(0)
    await setPayer(call.personId, 'card_status', 'active')
  })

  it('tell their events, each as it stands now (R12)', async () => {
    await core.settleEvents()
    const { body: before } = await core.call('getEvents', { params: { personId: v7() } })
    const call = await prepare('withdrawal')
    core.gateway.setFault('decline')
    const { body } = await core.call('withdraw', call)
    expect(body.status).toBe('DECLINED')
    await core.settleEvents()
    const { body: page } = await core.call('getEvents', {
      params: call.params,
      query: { after: before.cursor },
    })
    const data = page.events.map((event: { data: unknown }) => event.data)
    // Begun, and decided.
    expect(data).toEqual([
      { type: 'transfer', transfer: body },
      { type: 'transfer', transfer: body },
    ])
  })
})

describe('at the same moment', () => {
  it.each(kinds)('ten times one %s: one movement, one answer', async (route, kind) => {
    const call = await prepare(kind)
    const answers = await Promise.all(Array.from({ length: 10 }, () => core.call(route, call)))
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true)
    expect(await countMovements(call.body.transferId)).toBe(1)
    const { wallet_fen, wallet_version } = await core.payer(call.personId)
    expect(wallet_fen).toBe(kind === 'top_up' ? 11_000 : 9_000)
    expect(wallet_version).toBe(2)
  })

  it('two withdrawals of the whole balance: one is INSUFFICIENT_FUNDS', async () => {
    const one = await prepare('withdrawal', {}, 10_000)
    const content = { ...one.body, transferId: v7() }
    const { approvalId: _, ...action } = content
    const approvalId = await approve(core, one.personId, { kind: 'withdrawal', ...action })
    const two = { ...one, body: { ...content, approvalId } }
    const answers = await Promise.all([core.call('withdraw', one), core.call('withdraw', two)])
    const codes = answers.map(({ status, body }) => (status === 200 ? body.status : body.code))
    expect(codes.sort()).toEqual(['INSUFFICIENT_FUNDS', 'SUCCEEDED'])
    expect((await core.payer(one.personId)).wallet_fen).toBe(0)
  })

  it('withdrawals against payments: the wallet is never below zero and nothing is lost', async () => {
    const { personId } = await core.addPerson({ bankCard: true, walletFen: 2_500 })
    const { rows } = await core.db.pool.query(
      'select card_id from bank_cards where person_id = $1',
      [personId],
    )
    // No card to fall back on: a payment that the wallet cannot cover is refused.
    await core.db.pool.query('update payers set bank_card_id = null where person_id = $1', [
      personId,
    ])
    const { withdraw } = createTransferCalls(core, core.services)
    const codes = await Promise.all(Array.from({ length: 8 }, () => core.issueCode(personId)))
    const [payments, withdrawals] = await Promise.all([
      Promise.all(
        codes.map((code) => core.call('pay', { body: { orderNo: v7(), amountFen: 500, code } })),
      ),
      Promise.all(
        Array.from({ length: 8 }, () =>
          withdraw(personId, { amountFen: 500, cardId: rows[0].card_id }),
        ),
      ),
    ])
    const paid = payments.filter(({ status }) => status === 200).length
    const out = withdrawals.filter((answer) => !('refused' in answer)).length
    expect(paid + out).toBe(5)
    expect((await core.payer(personId)).wallet_fen).toBe(0)
  })
})

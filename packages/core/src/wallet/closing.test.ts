import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { approve } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterEach(() => {
  core.bank.setFault('none')
  core.oneCard.setFault('none')
})
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  await core.close()
})

const query = (sql: string, values: unknown[]) => core.services.db.pool.query(sql, values)
const close = (personId: string) =>
  pages.approved('closeWallet', personId, { kind: 'close_wallet' })
const reopen = (personId: string) =>
  pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  body.code ?? status

async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  return (await core.addPerson({ walletFen: 0, bankCard: true, ...options })).personId
}

async function pay(personId: string, amountFen: number, account: 'wallet' | 'one_card' = 'wallet') {
  const code = await core.issueCode(personId, { account })
  const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen, code } })
  return body.code ?? body.status
}

describe('closeWallet (R11)', () => {
  it('closes an empty wallet: it cannot pay, not by its card either, and the cards stay bound', async () => {
    const personId = await addPerson()
    const happened = await pages.watch(personId)
    const { status, body } = await close(personId)
    expect([status, body]).toMatchObject([
      200,
      { status: 'closed', balanceFen: 0, cards: [{ isDefault: true }], reopensLeft: 3 },
    ])
    expect(await pay(personId, 1)).toBe('ACCOUNT_NOT_OPEN')
    expect(await happened()).toEqual(['closed', 'payment'])
  })

  it('hands codes over to the one-card account, where there is one', async () => {
    for (const [oneCardStatus, defaultAccount] of [
      ['open', 'one_card'],
      ['not_open', 'wallet'],
    ] as const) {
      const personId = await addPerson({ oneCardStatus })
      await close(personId)
      const { body } = await core.call('getAccounts', { params: { personId } })
      expect(body).toMatchObject({ defaultAccount, accounts: [{ status: 'closed' }, {}] })
    }
  })

  it('is harmless to repeat, and spends nothing then', async () => {
    const personId = await addPerson()
    const happened = await pages.watch(personId)
    expect(await pages.statusesOf([close(personId), close(personId)])).toEqual(['200', '200'])
    const { rows } = await query(
      'select status from approvals where person_id = $1 order by status',
      [personId],
    )
    expect(rows.map(({ status }) => status)).toEqual(['approved', 'spent'])
    expect(await happened()).toEqual(['closed'])
  })

  it('ends the password-free agreement', async () => {
    const personId = await addPerson()
    await pages.approved('signAgreement', personId, { kind: 'sign_agreement' })
    await close(personId)
    const { body } = await reopen(personId)
    expect(body).toMatchObject({ status: 'open', agreement: { signedAt: null } })
  })

  it('ACCOUNT_NOT_OPEN for one that never was, BALANCE_NOT_ZERO for one that holds something', async () => {
    expect(codeOf(await close(await addPerson({ wallet: 'not_open' })))).toBe('ACCOUNT_NOT_OPEN')
    const personId = await addPerson({ walletFen: 1 })
    expect(codeOf(await close(personId))).toBe('BALANCE_NOT_ZERO')
    expect((await pages.getWallet(personId)).status).toBe('open')
  })

  it('TRANSFER_PENDING while the bank is asked, leaving the approval for later', async () => {
    const personId = await addPerson()
    core.bank.setFault('silent')
    expect(await pay(personId, 100)).toBe('UNKNOWN')
    const approvalId = await approve(core, personId, { kind: 'close_wallet' })
    const options = { params: { personId }, body: { approvalId } }
    expect(await core.refused('closeWallet', options)).toBe('TRANSFER_PENDING')
    core.bank.setFault('none')
    await query('update external_movements set next_attempt_at = now() where person_id = $1', [
      personId,
    ])
    await driveDueMovements(core.services)
    expect((await core.call('closeWallet', options)).status).toBe(200)
  })

  it('does not wait for the one-card system (R8)', async () => {
    const personId = await addPerson()
    core.oneCard.setFault('silent')
    expect(await pay(personId, 100, 'one_card')).toBe('UNKNOWN')
    expect(codeOf(await close(personId))).toBe(200)
  })

  it('APPROVAL_INVALID without this approval', async () => {
    const personId = await addPerson()
    const approvalId = await approve(core, personId, { kind: 'reopen_wallet' })
    const options = { params: { personId }, body: { approvalId } }
    expect(await core.refused('closeWallet', options)).toBe('APPROVAL_INVALID')
    expect((await pages.getWallet(personId)).status).toBe('open')
  })

  it('against payments at once: a wallet that is closed has nothing open at the bank', async () => {
    for (let round = 0; round < 8; round++) {
      const personId = await addPerson()
      core.bank.setFault('silent')
      const [closed, ...paid] = await Promise.all([
        close(personId).then(codeOf),
        pay(personId, 100),
        pay(personId, 200),
      ])
      if (closed === 200) expect(paid).toEqual(Array(2).fill('ACCOUNT_NOT_OPEN'))
      else expect([closed, paid]).toEqual(['TRANSFER_PENDING', expect.arrayContaining(['UNKNOWN'])])
      core.bank.setFault('none')
      await query('update external_movements set next_attempt_at = now() where person_id = $1', [
        personId,
      ])
      await driveDueMovements(core.services)
    }
  })

  it('against top-ups at once: a wallet that is closed holds nothing and awaits nothing', async () => {
    const outcomes = new Set()
    for (let round = 0; round < 8; round++) {
      const personId = await addPerson()
      const cardId = (await pages.getWallet(personId)).cards[0]?.cardId ?? ''
      const transfer = { transferId: v7(), cardId, amountFen: 100 }
      const approvalId = await approve(core, personId, { kind: 'top_up', ...transfer })
      const topUp = () =>
        core.call('topUp', { params: { personId }, body: { ...transfer, approvalId } })
      const both = round % 2 ? [close(personId), topUp()] : [topUp(), close(personId)]
      const codes = (await Promise.all(both)).map(codeOf)
      outcomes.add(codes.filter((code) => code !== 200).join())
      expect(codes).toContain(200)
      const { status, balanceFen, pending } = await pages.getWallet(personId)
      expect([status, balanceFen, pending]).toEqual(
        codes.includes('ACCOUNT_NOT_OPEN') ? ['closed', 0, []] : ['open', 100, []],
      )
    }
    for (const outcome of outcomes) {
      expect(['ACCOUNT_NOT_OPEN', 'TRANSFER_PENDING', 'BALANCE_NOT_ZERO']).toContain(outcome)
    }
  })

  it('waits for whoever has the wallet, and then sees what it holds', async () => {
    const personId = await addPerson()
    const movementId = v7()
    const closed = await pages.whileHeld(
      personId,
      () => close(personId),
      // As a top-up does: under the payer's lock it writes what the bank is to be asked.
      (tx) =>
        tx.query(
          `insert into external_movements (school_id, movement_id, kind, port, reference, person_id,
                                           amount_fen, next_attempt_at)
           values ('1001', $1, 'top_up', 'bank', 'test-' || $1::uuid, $2, 100, 'infinity')`,
          [movementId, personId],
        ),
    )
    expect(codeOf(closed)).toBe('TRANSFER_PENDING')
    await query(
      `update external_movements set state = 'done', outcome = 'declined' where movement_id = $1`,
      [movementId],
    )
  })
})

describe('reopenWallet (R11)', () => {
  it('opens a closed wallet again, which can pay then, and tells it', async () => {
    const personId = await addPerson()
    await close(personId)
    const happened = await pages.watch(personId)
    const { body } = await reopen(personId)
    expect(body).toMatchObject({ status: 'open', balanceFen: 0, reopensLeft: 2 })
    expect(await pay(personId, 100)).toBe('PAID')
    expect((await happened()).slice(0, 1)).toEqual(['opened'])
  })

  it('three times; two at the third count one, and the fourth is refused', async () => {
    const personId = await addPerson()
    for (let i = 0; i < 2; i++) {
      await close(personId)
      expect((await reopen(personId)).status).toBe(200)
    }
    await close(personId)
    const happened = await pages.watch(personId)
    expect(await pages.statusesOf([reopen(personId), reopen(personId)])).toEqual(['200', '200'])
    expect(await happened()).toEqual(['opened'])
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'open', reopensLeft: 0 })
    await close(personId)
    expect(await pages.statusesOf([reopen(personId), reopen(personId)])).toEqual(
      Array(2).fill('REOPENS_EXHAUSTED'),
    )
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'closed', reopensLeft: 0 })
  })

  it('against closing at once: as often as it was opened again, it counts', async () => {
    const personId = await addPerson()
    await close(personId)
    const happened = await pages.watch(personId)
    await Promise.all([reopen(personId), close(personId), reopen(personId), close(personId)])
    const opened = (await happened()).filter((change) => change === 'opened').length
    expect((await pages.getWallet(personId)).reopensLeft).toBe(3 - opened)
  })

  it('counts nothing where a refund waits, which its owner must be able to reach (R42)', async () => {
    const personId = await addPerson({ walletFen: 500 })
    const code = await core.issueCode(personId)
    const params = { orderNo: v7() }
    await core.call('pay', { body: { ...params, amountFen: 500, code } })
    await close(personId)
    await query('update wallets set reopen_count = 3 where person_id = $1', [personId])
    expect(codeOf(await reopen(personId))).toBe('REOPENS_EXHAUSTED')
    expect(
      (await core.call('refund', { params, body: { refundNo: 'late', amountFen: 500 } })).status,
    ).toBe(200)
    expect((await reopen(personId)).body).toMatchObject({
      status: 'open',
      balanceFen: 500,
      reopensLeft: 0,
    })
  })

  it('CARD_NOT_BOUND without a card: a new one opens it', async () => {
    const never = await addPerson({ wallet: 'not_open', bankCard: false })
    expect(codeOf(await reopen(never))).toBe('CARD_NOT_BOUND')
    const personId = await addPerson({ wallet: 'closed', bankCard: false })
    expect(codeOf(await reopen(personId))).toBe('CARD_NOT_BOUND')
    await pages.bindCard(personId)
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'open', reopensLeft: 2 })
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s for a card that is %s', async (code, cardStatus) => {
    const personId = await addPerson({ wallet: 'closed', cardStatus })
    expect(codeOf(await reopen(personId))).toBe(code)
    expect((await pages.getWallet(personId)).status).toBe('closed')
  })

  it('APPROVAL_INVALID without this approval', async () => {
    const personId = await addPerson({ wallet: 'closed' })
    const options = { params: { personId }, body: { approvalId: v7() } }
    expect(await core.refused('reopenWallet', options)).toBe('APPROVAL_INVALID')
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'closed', reopensLeft: 3 })
  })
})

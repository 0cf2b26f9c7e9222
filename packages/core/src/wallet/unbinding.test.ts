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
afterEach(() => core.bank.setFault('none'))
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  await core.close()
})

/** Somebody with an empty wallet and these many cards. */
async function addPerson(cardCount: number): Promise<{ personId: string; cardIds: string[] }> {
  const { personId } = await core.addPerson({ wallet: 'not_open', walletFen: 0 })
  const cardIds = []
  for (let i = 0; i < cardCount; i++) cardIds.push(await pages.bindCard(personId))
  return { personId, cardIds }
}

async function pay(personId: string, amountFen: number) {
  const code = await core.issueCode(personId)
  const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen, code } })
  return body.code ?? body.status
}

/** The bank decides what is open, as the worker finds out. */
async function settle() {
  core.bank.setFault('none')
  await core.services.db.pool.query(
    `update external_movements set next_attempt_at = now() where state = 'open'`,
  )
  await driveDueMovements(core.services)
}

const choose = (personId: string, cardId: string) =>
  core.call('chooseDefaultCard', { params: { personId, cardId } })
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  body.code ?? status

describe('chooseDefaultCard', () => {
  it('says which card pays when the wallet is short, and tells a change once (R10, R13)', async () => {
    const { personId, cardIds } = await addPerson(2)
    const happened = await pages.watch(personId)
    for (let i = 0; i < 2; i++) {
      const { body } = await choose(personId, cardIds[1] ?? '')
      expect(body.cards.map((card: { isDefault: boolean }) => card.isDefault)).toEqual([
        false,
        true,
      ])
    }
    expect(await happened()).toEqual(['default_card'])
    expect(await pay(personId, 100)).toBe('PAID')
    const { rows } = await core.services.db.pool.query(
      'select bank_card_id from payments where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ bank_card_id: cardIds[1] }])
  })

  it('takes a card by its id however that is written', async () => {
    const { personId, cardIds } = await addPerson(2)
    const { body } = await choose(personId, (cardIds[1] ?? '').toUpperCase())
    expect(body.cards[1].isDefault).toBe(true)
  })

  it('CARD_NOT_BOUND for one of another person, or none', async () => {
    const [{ personId }, other] = [await addPerson(1), await addPerson(1)]
    for (const cardId of [other.cardIds[0] ?? '', v7()]) {
      expect(codeOf(await choose(personId, cardId))).toBe('CARD_NOT_BOUND')
    }
  })
})

describe('unbindCard (R10)', () => {
  it('moves the default to the oldest that remains; without one the balance alone pays', async () => {
    const { personId, cardIds } = await addPerson(3)
    const [first = '', second = '', third = ''] = cardIds
    const happened = await pages.watch(personId)
    await choose(personId, second)
    const after = await pages.unbind(personId, second.toUpperCase())
    expect(codeOf(after)).toBe('APPROVAL_INVALID') // The approval is of what was shown, to the letter.
    const { body } = await pages.unbind(personId, second)
    expect(body).toMatchObject({
      cards: [
        { cardId: first, isDefault: true },
        { cardId: third, isDefault: false },
      ],
      unbindsLeft: 2,
    })
    await pages.unbind(personId, third)
    expect((await pages.getWallet(personId)).cards).toMatchObject([{ isDefault: true }])
    const { body: none } = await pages.unbind(personId, first)
    expect(none).toMatchObject({ status: 'open', cards: [], unbindsLeft: 0 })
    expect(await happened()).toEqual(['default_card', ...Array(3).fill('card_unbound')])
    expect(await pay(personId, 100)).toBe('INSUFFICIENT_FUNDS')
    const accounts = await core.call('getAccounts', { params: { personId } })
    expect(accounts.body.fallbackCard).toBeNull()
  })

  it('three times in a lifetime: of two fourth ones at once both are refused, of two third ones one', async () => {
    const { personId, cardIds } = await addPerson(5)
    for (const cardId of cardIds.slice(0, 2)) {
      expect((await pages.unbind(personId, cardId)).status).toBe(200)
    }
    const third = cardIds.slice(2, 4).map((cardId) => pages.unbind(personId, cardId))
    expect(await pages.statusesOf(third)).toEqual(['200', 'UNBINDS_EXHAUSTED'])
    const { cards, unbindsLeft } = await pages.getWallet(personId)
    expect([cards.length, unbindsLeft]).toEqual([2, 0])
    const fourth = cards.map(({ cardId }) => pages.unbind(personId, cardId))
    expect(await pages.statusesOf(fourth)).toEqual(Array(2).fill('UNBINDS_EXHAUSTED'))
    // Binding goes on, and gives no unbinding back.
    await pages.bindCard(personId)
    expect(await pages.getWallet(personId)).toMatchObject({ unbindsLeft: 0 })
  })

  it('counts one for the same card at once, and spends one approval', async () => {
    const { personId, cardIds } = await addPerson(1)
    const replies = Array.from({ length: 4 }, () => pages.unbind(personId, cardIds[0] ?? ''))
    expect(await pages.statusesOf(replies)).toEqual(['200', ...Array(3).fill('CARD_NOT_BOUND')])
    expect((await pages.getWallet(personId)).unbindsLeft).toBe(2)
    const { rows } = await core.services.db.pool.query(
      `select status from approvals where person_id = $1 order by status`,
      [personId],
    )
    expect(rows.map(({ status }) => status)).toEqual([...Array(3).fill('approved'), 'spent'])
  })

  it('TRANSFER_PENDING while the bank is asked for that card, leaving the approval for later', async () => {
    const { personId, cardIds } = await addPerson(2)
    const [first = '', second = ''] = cardIds
    core.bank.setFault('silent')
    expect(await pay(personId, 100)).toBe('UNKNOWN')
    const approvalId = await approve(core, personId, { kind: 'unbind_card', cardId: first })
    const unbind = () =>
      core.call('unbindCard', { params: { personId, cardId: first }, body: { approvalId } })
    expect(codeOf(await unbind())).toBe('TRANSFER_PENDING')
    expect(codeOf(await pages.unbind(personId, second))).toBe(200)
    await settle()
    expect(codeOf(await unbind())).toBe(200)
  })

  it('against payments from the card at once: nothing is taken from a card that is unbound', async () => {
    for (let round = 0; round < 8; round++) {
      const { personId, cardIds } = await addPerson(1)
      core.bank.setFault('silent')
      const [unbound, ...paid] = await Promise.all([
        pages.unbind(personId, cardIds[0] ?? '').then(codeOf),
        pay(personId, 100),
        pay(personId, 200),
      ])
      const { cards } = await pages.getWallet(personId)
      if (unbound === 200) {
        expect([cards, paid]).toEqual([[], Array(2).fill('INSUFFICIENT_FUNDS')])
      } else {
        expect([unbound, cards.length]).toEqual(['TRANSFER_PENDING', 1])
        expect(paid).toContain('UNKNOWN')
      }
      await settle()
    }
  })

  it('TRANSFER_PENDING while a withdrawal to the card is on its way', async () => {
    const { personId } = await core.addPerson({ walletFen: 500, bankCard: true })
    const cardId = (await pages.getWallet(personId)).cards[0]?.cardId ?? ''
    core.gateway.setFault('silent')
    const transfer = { transferId: v7(), cardId, amountFen: 500 }
    const approvalId = await approve(core, personId, { kind: 'withdrawal', ...transfer })
    const body = { ...transfer, approvalId }
    expect((await core.call('withdraw', { params: { personId }, body })).status).toBe(202)
    expect((await pages.getWallet(personId)).pending).toMatchObject([
      { transferId: transfer.transferId, kind: 'withdrawal', amountFen: 500 },
    ])
    expect(codeOf(await pages.unbind(personId, cardId))).toBe('TRANSFER_PENDING')
    core.gateway.setFault('none')
    await settle()
    expect((await pages.getWallet(personId)).pending).toEqual([])
    expect(codeOf(await pages.unbind(personId, cardId))).toBe(200)
  })

  it('waits for a payment that has the wallet, and then sees what it began', async () => {
    const { personId, cardIds } = await addPerson(1)
    const [cardId = ''] = cardIds
    const unbound = await pages.whileHeld(
      personId,
      () => pages.unbind(personId, cardId),
      // As pay_batch does: under the payer's lock it writes what the bank is to be asked.
      (tx) =>
        tx.query(
          `insert into external_movements (school_id, movement_id, kind, port, reference, person_id,
                                           bank_card_id, amount_fen, next_attempt_at)
           values ('1001', $1, 'debit', 'bank', 'test-' || $1::uuid, $2, $3, 100, 'infinity')`,
          [v7(), personId, cardId],
        ),
    )
    expect(codeOf(unbound)).toBe('TRANSFER_PENDING')
    await core.services.db.pool.query(
      `update external_movements set state = 'done', outcome = 'declined' where person_id = $1`,
      [personId],
    )
  })

  it('APPROVAL_INVALID without this approval, and CARD_NOT_BOUND first', async () => {
    const { personId, cardIds } = await addPerson(2)
    const [cardId = '', other = ''] = cardIds
    const approvalId = await approve(core, personId, { kind: 'unbind_card', cardId: other })
    for (const id of [approvalId, v7()]) {
      const options = { params: { personId, cardId }, body: { approvalId: id } }
      expect(await core.refused('unbindCard', options)).toBe('APPROVAL_INVALID')
    }
    expect(codeOf(await pages.unbind(personId, v7()))).toBe('CARD_NOT_BOUND')
    expect(await pages.getWallet(personId)).toMatchObject({ unbindsLeft: 3, cards: [{}, {}] })
  })
})

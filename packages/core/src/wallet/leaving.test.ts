import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { approve } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  await core.close()
})

/** Somebody who has left: the card is closed, the wallet as it was. */
async function leaver(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  return (await core.addPerson({ cardStatus: 'closed', ...options })).personId
}

async function withdraw(personId: string, cardId: string, amountFen: number) {
  const content = { transferId: v7(), cardId, amountFen }
  const approvalId = await approve(core, personId, { kind: 'withdrawal', ...content })
  return core.call('withdraw', { params: { personId }, body: { ...content, approvalId } })
}

describe('somebody who has left the school (R42)', () => {
  it('takes the balance out by the card that is bound, and can do no more with the wallet', async () => {
    const personId = await leaver({ bankCard: true, walletFen: 2_500 })
    const [card] = (await pages.getWallet(personId)).cards
    const code = await core.issueCode(personId)
    const paid = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
    expect(paid.body.code).toBe('CARD_CLOSED')
    for (const amountFen of [1_000, 1_500]) {
      const { body } = await withdraw(personId, card?.cardId ?? '', amountFen)
      expect(body.status).toBe('SUCCEEDED')
    }
    expect((await pages.getWallet(personId)).balanceFen).toBe(0)
    expect((await withdraw(personId, card?.cardId ?? '', 1)).body.code).toBe('CARD_CLOSED')
    const closed = await pages.approved('closeWallet', personId, { kind: 'close_wallet' })
    expect(closed.body.status).toBe('closed')
    const reopened = await pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
    expect(reopened.body.code).toBe('CARD_CLOSED')
  })

  it('binds a card for it, where none is bound any more', async () => {
    const personId = await leaver({ walletFen: 700 })
    const cardId = await pages.bindCard(personId)
    expect((await withdraw(personId, cardId, 700)).body.status).toBe('SUCCEEDED')
    const again = await pages.startBinding(personId, pages.addBankCard())
    expect(again.body.code).toBe('CARD_CLOSED')
  })

  it('reaches a refund that came after the wallet was closed', async () => {
    const personId = await leaver({ bankCard: true, walletFen: 300, wallet: 'closed' })
    const { body } = await pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
    expect(body).toMatchObject({ status: 'open', balanceFen: 300 })
    expect((await withdraw(personId, body.cards[0].cardId, 300)).body.status).toBe('SUCCEEDED')
  })
})

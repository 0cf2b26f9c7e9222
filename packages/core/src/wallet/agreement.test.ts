import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterAll(() => core.close())

const sign = (personId: string) =>
  pages.approved('signAgreement', personId, { kind: 'sign_agreement' })
const cancel = (personId: string) => core.call('cancelAgreement', { params: { personId } })

describe('the password-free agreement (R14)', () => {
  it('is signed with the password, keeps its time, and is cancelled without', async () => {
    const { personId } = await core.addPerson()
    const happened = await pages.watch(personId)
    const { body } = await sign(personId)
    const { signedAt } = body.agreement
    expect(Math.abs(Date.parse(signedAt) - Date.now())).toBeLessThan(5_000)
    expect((await sign(personId)).body.agreement).toEqual({ signedAt, urged: false })
    for (let i = 0; i < 2; i++) {
      const cancelled = await cancel(personId)
      expect([cancelled.status, cancelled.body.agreement.signedAt]).toEqual([200, null])
    }
    expect((await sign(personId)).body.agreement.signedAt).not.toBeNull()
    expect(await happened()).toEqual(Array(3).fill('agreement'))
  })

  it('is urged where the school wants it', async () => {
    const { personId } = await core.addPerson()
    await core.services.db.pool.query(
      'update people set agreement_urged = true where person_id = $1',
      [personId],
    )
    expect((await pages.getWallet(personId)).agreement).toEqual({ signedAt: null, urged: true })
  })

  it('signed twice at once is signed once: one event, one approval spent', async () => {
    const { personId } = await core.addPerson()
    const happened = await pages.watch(personId)
    const replies = await Promise.all([1, 2, 3, 4].map(() => sign(personId)))
    expect(new Set(replies.map(({ body }) => body.agreement.signedAt)).size).toBe(1)
    expect(await happened()).toEqual(['agreement'])
    const { rows } = await core.services.db.pool.query(
      `select count(*) from approvals where person_id = $1 and status = 'spent'`,
      [personId],
    )
    expect(rows[0].count).toBe(1)
  })

  it('signed and cancelled at once ends as the order of its events says', async () => {
    const { personId } = await core.addPerson()
    for (let round = 0; round < 8; round++) {
      const happened = await pages.watch(personId)
      const before = (await pages.getWallet(personId)).agreement.signedAt !== null
      await Promise.all([sign(personId), cancel(personId), sign(personId), cancel(personId)])
      const after = (await pages.getWallet(personId)).agreement.signedAt !== null
      // Each event is a change, so that an even number of them leads back.
      expect((await happened()).length % 2 === 0).toBe(before === after)
    }
  })

  it('cancelled by somebody who never had a wallet is no change', async () => {
    const { personId } = await core.addPerson({ wallet: 'not_open', walletFen: 0 })
    const happened = await pages.watch(personId)
    expect((await cancel(personId)).status).toBe(200)
    expect(await happened()).toEqual([])
  })

  it.each(['not_open', 'closed'])('ACCOUNT_NOT_OPEN for a wallet that is %s', async (wallet) => {
    const { personId } = await core.addPerson({ wallet, walletFen: 0 })
    expect((await sign(personId)).body.code).toBe('ACCOUNT_NOT_OPEN')
  })

  it('APPROVAL_INVALID without this approval', async () => {
    const { personId } = await core.addPerson()
    const options = { params: { personId }, body: { approvalId: v7() } }
    expect(await core.refused('signAgreement', options)).toBe('APPROVAL_INVALID')
    expect((await pages.getWallet(personId)).agreement.signedAt).toBeNull()
  })
})

describe('getWallet', () => {
  it('NOT_FOUND for nobody, as every change of a wallet', async () => {
    const params = { personId: v7(), cardId: v7() }
    expect(await core.refused('getWallet', { params })).toBe('NOT_FOUND')
    expect(await core.refused('cancelAgreement', { params })).toBe('NOT_FOUND')
    expect(await core.refused('chooseDefaultCard', { params })).toBe('NOT_FOUND')
  })

  it('is answered once per nonce where it changes something', async () => {
    const { personId } = await core.addPerson()
    const options = { params: { personId }, nonce: 'a-nonce-of-twenty-two-c' }
    expect((await core.call('cancelAgreement', options)).status).toBe(200)
    expect(await core.refused('cancelAgreement', options)).toBe('SIGNATURE_REPLAYED')
  })
})

import type { Consent, ConsentPurpose } from '@campus-ecode/protocol/consents'
import { consentTexts } from '@campus-ecode/protocol/consents'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from '../wallet/testing/wallet-pages.ts'
import { giveConsent } from './store.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterEach(() => core.gateway.setFault('none'))
afterAll(() => core.close())

async function getConsents(personId: string): Promise<Map<ConsentPurpose, Consent>> {
  const { body } = await core.call('getConsents', { params: { personId } })
  return new Map(body.consents.map((consent: Consent) => [consent.purpose, consent]))
}

const withdraw = (personId: string, purpose: ConsentPurpose) =>
  core.call('withdrawConsent', { params: { personId }, body: { purpose } })

async function rowsOf(personId: string) {
  const { rows } = await core.db.pool.query(
    'select purpose, version, withdrawn_at from consents where person_id = $1 order by given_at',
    [personId],
  )
  return rows as { purpose: string; version: string; withdrawn_at: Date | null }[]
}

const give = (personId: string, purpose: ConsentPurpose) =>
  inTransaction(core.db.pool, (tx) =>
    giveConsent(tx, core.services, { schoolId: '1001', personId }, purpose),
  )

const newcomer = { cardStatus: 'unclaimed', wallet: 'not_open', walletFen: 0 }

describe('consent (R42)', () => {
  it('is recorded by what it is for, in its words, once', async () => {
    const { personId } = await core.addPerson(newcomer)
    const params = { personId }
    const before = await getConsents(personId)
    expect([...before.keys()]).toEqual([
      ...['card', 'bank_binding', 'face_check', 'gate_records', 'face'],
    ])
    for (const { purpose, what, version, ...rest } of before.values()) {
      expect({ what, version }).toEqual(consentTexts[purpose])
      expect(rest).toEqual({ given: null, withdrawnAt: null })
    }
    const claim = () => core.call('claimCard', { params, body: { consent: true } })
    await Promise.all([claim(), claim(), claim()])
    await pages.bindCard(personId)
    await pages.bindCard(personId)
    const { version } = consentTexts.card
    expect(await rowsOf(personId)).toEqual([
      { purpose: 'card', version, withdrawn_at: null },
      { purpose: 'bank_binding', version: consentTexts.bank_binding.version, withdrawn_at: null },
    ])
    const after = await getConsents(personId)
    const { given } = after.get('card') ?? {}
    expect(given?.version).toBe(version)
    expect(Math.abs(Date.parse(given?.at ?? '') - Date.now())).toBeLessThan(10_000)
    expect(after.get('face')?.given).toBeNull()
  })

  it('is not recorded of what was refused before anything was taken', async () => {
    const { personId } = await core.addPerson({ ...newcomer, cardStatus: 'locked' })
    await core.call('claimCard', { params: { personId }, body: { consent: true } })
    expect((await pages.startBinding(personId, pages.addBankCard())).body.code).toBe('CARD_LOCKED')
    expect(await rowsOf(personId)).toEqual([])
  })

  it('is recorded of what went to the bank, also when that finds a mismatch', async () => {
    const { personId } = await core.addPerson({ ...newcomer, cardStatus: 'active' })
    const card = pages.addBankCard()
    await pages.startBinding(personId, card, { phone: '13900000000' })
    expect(await rowsOf(personId)).toMatchObject([{ purpose: 'bank_binding' }])
  })

  it('to new words is another one, which is then the one that stands', async () => {
    const { personId } = await core.addPerson()
    await core.db.pool.query(
      `insert into consents (school_id, consent_id, person_id, purpose, version, given_at)
       values ('1001', $1, $2, 'face', '2020-01-01', now() - interval '1 year')`,
      [v7(), personId],
    )
    expect((await getConsents(personId)).get('face')?.given?.version).toBe('2020-01-01')
    await give(personId, 'face')
    const { version } = consentTexts.face
    expect((await getConsents(personId)).get('face')?.given?.version).toBe(version)
    await withdraw(personId, 'face')
    expect((await getConsents(personId)).get('face')?.given).toBeNull()
  })
})

describe('withdrawing a consent', () => {
  it('is done at once where nothing has to be closed, may be repeated, and given again', async () => {
    const { personId } = await core.addPerson()
    await give(personId, 'gate_records')
    await give(personId, 'face')
    const { status, body } = await withdraw(personId, 'gate_records')
    expect(status).toBe(200)
    expect(body.consents).toEqual([...(await getConsents(personId)).values()])
    const { given, withdrawnAt } = (await getConsents(personId)).get('gate_records') ?? {}
    expect(given).toBeNull()
    expect((await withdraw(personId, 'gate_records')).status).toBe(200)
    expect((await getConsents(personId)).get('gate_records')?.withdrawnAt).toBe(withdrawnAt)
    expect((await getConsents(personId)).get('face')?.given).not.toBeNull()
    await give(personId, 'gate_records')
    expect((await getConsents(personId)).get('gate_records')).toMatchObject({
      given: { version: consentTexts.gate_records.version },
      withdrawnAt: null,
    })
  })

  it('CONSENT_CARD_IN_USE while there is a card', async () => {
    for (const cardStatus of ['active', 'locked']) {
      const { personId } = await core.addPerson({ cardStatus })
      await give(personId, 'card')
      expect((await withdraw(personId, 'card')).body.code).toBe('CONSENT_CARD_IN_USE')
      expect((await getConsents(personId)).get('card')?.given).not.toBeNull()
    }
    const closed = await core.addPerson({ cardStatus: 'closed' })
    await give(closed.personId, 'card')
    expect((await withdraw(closed.personId, 'card')).status).toBe(200)
  })

  it('CONSENT_BANK_CARD_BOUND while a bank card is bound or being bound', async () => {
    const { personId } = await core.addPerson({ ...newcomer, cardStatus: 'active' })
    const started = await pages.startBinding(personId, pages.addBankCard())
    const refusal = 'CONSENT_BANK_CARD_BOUND'
    expect((await withdraw(personId, 'bank_binding')).body.code).toBe(refusal)
    const { body } = await pages.confirmBinding(personId, started.body.bindingId)
    expect((await withdraw(personId, 'bank_binding')).body.code).toBe(refusal)
    await pages.unbind(personId, body.wallet.cards[0].cardId)
    expect((await withdraw(personId, 'bank_binding')).status).toBe(200)
    await pages.passAMinute(personId)
    await pages.startBinding(personId, pages.addBankCard())
    expect(await rowsOf(personId)).toMatchObject([
      { withdrawn_at: expect.any(Date) },
      { withdrawn_at: null },
    ])
  })

  it('leaves no card bound without consent when both happen at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { personId } = await core.addPerson({ ...newcomer, cardStatus: 'active' })
      await give(personId, 'bank_binding')
      const [started] = await Promise.all([
        pages.startBinding(personId, pages.addBankCard()),
        withdraw(personId, 'bank_binding'),
      ])
      await pages.confirmBinding(personId, started.body.bindingId)
      expect((await getConsents(personId)).get('bank_binding')?.given).not.toBeNull()
    }
  })

  it('refuses another purpose, nobody, and a nonce that was seen', async () => {
    const { personId } = await core.addPerson()
    const params = { personId }
    const other = { params, body: { purpose: 'advertising' } }
    expect(await core.refused('withdrawConsent', other)).toBe('BAD_REQUEST')
    const nobody = { params: { personId: v7() } }
    expect(await core.refused('getConsents', nobody)).toBe('NOT_FOUND')
    const body = { purpose: 'face' }
    expect(await core.refused('withdrawConsent', { ...nobody, body })).toBe('NOT_FOUND')
    const once = { params, body, nonce: 'a-nonce-of-a-consent-a' }
    expect((await core.call('withdrawConsent', once)).status).toBe(200)
    expect(await core.refused('withdrawConsent', once)).toBe('SIGNATURE_REPLAYED')
  })
})

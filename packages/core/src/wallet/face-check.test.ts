import { consentTexts } from '@campus-ecode/protocol/consents'
import type { FaceCheckResult } from '@campus-ecode/protocol/real-name-port'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import type { KnownCard } from '../testing/known-bank.ts'
import { driveFaceChecks } from './drive-face-checks.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

const RETURN_TO = 'https://school.example/card?tab=wallet'
const face = { consent: true, returnTo: RETURN_TO, locale: 'zh-CN' }

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
  await query("update schools set origins = '{https://school.example}'")
})
beforeEach(() => setPolicy(true))
afterEach(() => {
  core.gateway.setFault('none')
  core.realName.setFault('none')
})
afterAll(() => core.close())

const query = (sql: string, values: unknown[] = []) => core.services.db.pool.query(sql, values)
const setPolicy = (on: boolean) => query('update schools set face_at_binding = $1', [on])
const codeOf = ({ body }: { body: { code?: string } }) => body.code
const referenceOf = (bindingId: string) => `face-1001-${bindingId}`

async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  return (await core.addPerson({ wallet: 'not_open', walletFen: 0, ...options })).personId
}

async function start(personId: string, card: KnownCard = pages.addBankCard()) {
  const started = await pages.startBinding(personId, card, { face })
  expect(started.status).toBe(201)
  return started.body as { bindingId: string; faceCheck: { pageUrl: string; expiresAt: string } }
}

const tell = (bindingId: string, result: FaceCheckResult) =>
  core.call('tellFaceCheck', { body: { reference: referenceOf(bindingId), result } })

/** The person is done with the check, and the provider says so. */
function pass(bindingId: string, result: FaceCheckResult = 'PASSED') {
  core.realName.decide(referenceOf(bindingId), result)
  return tell(bindingId, result)
}

async function expectNothingBound(personId: string) {
  expect(await pages.getWallet(personId)).toMatchObject({ status: 'not_open', cards: [] })
}

describe('a wallet that is opened with a face check (R2, R9)', () => {
  it('says so beforehand, asks for consent, and asks nobody without it (R42)', async () => {
    const personId = await addPerson()
    expect((await pages.getWallet(personId)).needsFace).toBe(true)
    const before = core.gateway.calls.length
    const refused = await pages.startBinding(personId, pages.addBankCard())
    expect(codeOf(refused)).toBe('FACE_CHECK_NEEDED')
    expect(core.gateway.calls).toHaveLength(before)
    const wrong = { face: { ...face, consent: false } }
    const bad = await pages.startBinding(personId, pages.addBankCard(), wrong)
    expect(bad.body).toMatchObject({ code: 'BAD_REQUEST', fields: ['face.consent'] })
    const consents = 'select purpose, version from consents where person_id = $1 order by purpose'
    expect((await query(consents, [personId])).rows).toEqual([])
    await start(personId)
    expect((await query(consents, [personId])).rows).toEqual([
      { purpose: 'bank_binding', version: consentTexts.bank_binding.version },
      { purpose: 'face_check', version: consentTexts.face_check.version },
    ])
  })

  it('hands name and ID number to the provider once the bank agrees, and keeps neither', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard({ idNumber: '11010119991231877X' })
    const mismatch = await pages.startBinding(personId, card, { face, phone: '13900000001' })
    expect(codeOf(mismatch)).toBe('BINDING_PHONE_MISMATCH')
    const calls = core.realName.calls.length
    const { bindingId, faceCheck } = await start(personId, card)
    expect(core.realName.calls.slice(calls)).toEqual(['start'])
    expect(core.realName.requestOf(referenceOf(bindingId))).toEqual({
      reference: referenceOf(bindingId),
      name: card.name,
      idNumber: card.idNumber,
      returnTo: RETURN_TO,
      locale: 'zh-CN',
      expiresAt: faceCheck.expiresAt,
    })
    expect(faceCheck.pageUrl).toMatch(/^https:\/\/face\.example\//)
    const left = Date.parse(faceCheck.expiresAt) - Date.now()
    expect(Math.abs(left - 9 * 60_000)).toBeLessThan(5_000)
    await pages.confirmBinding(personId, bindingId)
    await pass(bindingId)
    const { rows } = await query(
      `select b::text || c::text || w::text as row from card_bindings b
         join bank_cards c using (person_id) join wallets w using (person_id)
        where person_id = $1 and b.bound_card_id is not null`,
      [personId],
    )
    expect(rows).toHaveLength(1)
    for (const secret of [card.name, card.idNumber, card.cardNo, card.phone, faceCheck.pageUrl]) {
      expect(rows[0].row).not.toContain(secret)
      expect(core.logged.join('')).not.toContain(secret)
    }
  })

  it('opens when the face comes after the SMS code, whoever is still there', async () => {
    const personId = await addPerson()
    const happened = await pages.watch(personId)
    const card = pages.addBankCard()
    const { bindingId, faceCheck } = await start(personId, card)
    const confirmed = await pages.confirmBinding(personId, bindingId)
    expect(confirmed).toMatchObject({
      status: 202,
      body: {
        bindingId,
        bankName: '云谷银行',
        tail: card.cardNo.slice(-4),
        awaits: ['FACE'],
        faceCheck,
        bound: null,
      },
    })
    expect((await pages.getWallet(personId)).bindingId).toBe(bindingId)
    await expectNothingBound(personId)
    expect(await happened()).toEqual([])
    expect((await pass(bindingId)).status).toBe(200)
    expect(await happened()).toEqual(['opened', 'card_bound'])
    const wallet = await pages.getWallet(personId)
    expect(wallet).toMatchObject({
      status: 'open',
      balanceFen: 0,
      needsFace: false,
      bindingId: null,
    })
    const looked = await pages.getBinding(personId, bindingId)
    expect(looked.body).toMatchObject({ awaits: [], faceCheck: null, bound: { wallet } })
    expect(looked.body.bound.verificationId).toBe(bindingId)
    const again = await pages.confirmBinding(personId, bindingId)
    expect(again).toMatchObject({ status: 200, body: looked.body.bound })
    expect(wallet.cards).toHaveLength(1)
  })

  it('opens when the SMS code comes after the face', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pass(bindingId)
    const looked = await pages.getBinding(personId, bindingId)
    expect(looked.body).toMatchObject({ awaits: ['SMS_CODE'], faceCheck: null, bound: null })
    await expectNothingBound(personId)
    expect((await pages.confirmBinding(personId, bindingId)).status).toBe(200)
    expect((await pages.getWallet(personId)).status).toBe('open')
  })

  it('can be looked up by a page that was opened anew, with the way to the check', async () => {
    const personId = await addPerson()
    const { bindingId, faceCheck } = await start(personId)
    const { body } = await pages.getBinding(personId, bindingId)
    expect(body).toMatchObject({ awaits: ['SMS_CODE', 'FACE'], faceCheck, bound: null })
    const other = await addPerson()
    expect(codeOf(await pages.getBinding(other, bindingId))).toBe('BINDING_UNKNOWN')
    expect(codeOf(await pages.getBinding(personId, v7()))).toBe('BINDING_UNKNOWN')
  })

  it('opens a closed wallet again, which counts, with its own card too (R11)', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard()
    const { bindingId } = await start(personId, card)
    await pass(bindingId)
    await pages.confirmBinding(personId, bindingId)
    await setPassword(core, personId)
    await pages.approved('closeWallet', personId, { kind: 'close_wallet' })
    const reopened = await pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
    expect(codeOf(reopened)).toBe('FACE_CHECK_NEEDED')
    await pages.passAMinute(personId)
    const second = await start(personId, card)
    await pass(second.bindingId)
    const { status, body } = await pages.confirmBinding(personId, second.bindingId)
    expect(status).toBe(200)
    expect(body.wallet).toMatchObject({ status: 'open', reopensLeft: 2 })
    expect(body.wallet.cards).toHaveLength(1)
  })

  it('is told to the person with all that is held of them (R42)', async () => {
    const personId = await addPerson()
    const readAbout = async () => {
      const approvalId = await approve(core, personId, { kind: 'export_data' })
      const { body } = await core.call('getMyData', { params: { personId }, body: { approvalId } })
      return body.about
    }
    await setPassword(core, personId)
    expect((await readAbout()).faceCheckedAt).toBeNull()
    const { bindingId } = await start(personId)
    await pass(bindingId)
    await pages.confirmBinding(personId, bindingId)
    const { faceCheckedAt } = await readAbout()
    expect(Math.abs(Date.parse(faceCheckedAt) - Date.now())).toBeLessThan(10_000)
  })

  it('does not stand before money that came after closing (R42)', async () => {
    const options = { wallet: 'closed', walletFen: 300, bankCard: true }
    const { personId } = await core.addPerson(options)
    expect((await pages.getWallet(personId)).needsFace).toBe(false)
    await setPassword(core, personId)
    const { body } = await pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
    expect(body).toMatchObject({ status: 'open', balanceFen: 300 })
  })

  it('needs none for a further card, nor where the school asks for none, whatever the page sends', async () => {
    const personId = await addPerson()
    const calls = core.realName.calls.length
    await setPolicy(false)
    const first = await pages.startBinding(personId, pages.addBankCard(), { face })
    expect(first.body.faceCheck).toBeNull()
    await pages.confirmBinding(personId, first.body.bindingId)
    await pages.passAMinute(personId)
    await setPolicy(true)
    const second = await pages.startBinding(personId, pages.addBankCard())
    expect(second.body.faceCheck).toBeNull()
    expect((await pages.confirmBinding(personId, second.body.bindingId)).status).toBe(200)
    expect(core.realName.calls).toHaveLength(calls)
    const { rows } = await query(
      "select 1 from consents where person_id = $1 and purpose = 'face_check'",
      [personId],
    )
    expect(rows).toEqual([])
  })

  it('lets limits rise as high as the school’s contract says for those who passed one (R15)', async () => {
    await query('update schools set limit_ceiling_face_fen = 2000000')
    const [withFace, without] = [await addPerson(), await addPerson()]
    expect((await pages.getWallet(withFace)).limits.ceilingFen).toBe(500_000)
    const { bindingId } = await start(withFace)
    await pass(bindingId)
    await pages.confirmBinding(withFace, bindingId)
    await setPolicy(false)
    await pages.bindCard(without)
    expect((await pages.getWallet(withFace)).limits.ceilingFen).toBe(2_000_000)
    expect((await pages.getWallet(without)).limits.ceilingFen).toBe(500_000)
    const codes = []
    for (const personId of [withFace, without]) {
      const body = { singleFen: 600_000, dailyFen: 600_000 }
      codes.push(codeOf(await core.call('setLimits', { params: { personId }, body })))
    }
    expect(codes).toEqual(['APPROVAL_INVALID', 'LIMIT_ABOVE_CEILING'])
    await query('update schools set limit_ceiling_face_fen = null')
    expect((await pages.getWallet(withFace)).limits.ceilingFen).toBe(500_000)
  })
})

describe('what the provider tells may be lost, late, repeated or out of order', () => {
  it('is asked for by whoever waits: by looking, by confirming again', async () => {
    for (const look of ['get', 'confirm'] as const) {
      const personId = await addPerson()
      const { bindingId } = await start(personId)
      expect((await pages.confirmBinding(personId, bindingId)).status).toBe(202)
      core.realName.decide(referenceOf(bindingId), 'PASSED')
      const reply =
        look === 'get'
          ? await pages.getBinding(personId, bindingId)
          : await pages.confirmBinding(personId, bindingId)
      expect(reply.status).toBe(200)
      expect((await pages.getWallet(personId)).status).toBe('open')
    }
  })

  it('is asked for by the worker when nobody waits any more, a few seconds apart', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pages.confirmBinding(personId, bindingId)
    core.realName.decide(referenceOf(bindingId), 'PASSED')
    await driveFaceChecks(core.services)
    await expectNothingBound(personId)
    const due = "update card_bindings set face_ask_at = now() where face_status = 'pending'"
    await query(due)
    const counts = await Promise.all([1, 2, 3].map(() => driveFaceChecks(core.services)))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
    expect((await pages.getWallet(personId)).status).toBe('open')
    await query(due)
    const calls = core.realName.calls.length
    await driveFaceChecks(core.services)
    await driveFaceChecks(core.services)
    const asked = core.realName.calls.length - calls
    const { rows } = await query("select 1 from card_bindings where face_status = 'pending'")
    expect(asked).toBe(rows.length)
  })

  it('changes nothing when it comes again, or otherwise than before', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pages.confirmBinding(personId, bindingId)
    const happened = await pages.watch(personId)
    const replies = [await pass(bindingId), await tell(bindingId, 'PASSED')]
    replies.push(await tell(bindingId, 'FAILED'), await tell(bindingId, 'EXPIRED'))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await pages.getWallet(personId)).cards).toHaveLength(1)
    expect(await happened()).toEqual(['opened', 'card_bound'])
  })

  it('binds nothing when it comes after the binding’s time', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pages.confirmBinding(personId, bindingId)
    await query('update card_bindings set expires_at = now() where binding_id = $1', [bindingId])
    expect(codeOf(await pages.getBinding(personId, bindingId))).toBe('FACE_CHECK_EXPIRED')
    expect((await pass(bindingId)).status).toBe(200)
    expect(codeOf(await pages.getBinding(personId, bindingId))).toBe('FACE_CHECK_EXPIRED')
    expect(codeOf(await pages.confirmBinding(personId, bindingId))).toBe('FACE_CHECK_EXPIRED')
    await expectNothingBound(personId)
  })

  it('is ended by the worker when the time is up and the provider says nothing', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await query(
      'update card_bindings set expires_at = now(), face_ask_at = now() where binding_id = $1',
      [bindingId],
    )
    core.realName.setFault('silent')
    await driveFaceChecks(core.services)
    const { rows } = await query('select face_status from card_bindings where binding_id = $1', [
      bindingId,
    ])
    expect(rows).toEqual([{ face_status: 'expired' }])
    expect((await pages.getWallet(personId)).bindingId).toBeNull()
  })

  it('binds once when told, asked for and confirmed at once', async () => {
    for (let round = 0; round < 6; round++) {
      const personId = await addPerson()
      const happened = await pages.watch(personId)
      const { bindingId } = await start(personId)
      if (round % 2) await pages.confirmBinding(personId, bindingId)
      core.realName.decide(referenceOf(bindingId), 'PASSED')
      const replies = await Promise.all([
        tell(bindingId, 'PASSED'),
        pages.getBinding(personId, bindingId),
        pages.confirmBinding(personId, bindingId),
        pages.confirmBinding(personId, bindingId),
        tell(bindingId, 'PASSED'),
        pages.getBinding(personId, bindingId),
      ])
      expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(200))
      expect((await pages.getWallet(personId)).cards).toHaveLength(1)
      expect(await happened()).toEqual(['opened', 'card_bound'])
    }
  })

  it('comes to one end when told both ways at once', async () => {
    for (let round = 0; round < 4; round++) {
      const personId = await addPerson()
      const { bindingId } = await start(personId)
      await pages.confirmBinding(personId, bindingId)
      await Promise.all([tell(bindingId, 'PASSED'), tell(bindingId, 'FAILED')])
      core.realName.decide(referenceOf(bindingId), 'FAILED')
      const { status } = await pages.getWallet(personId)
      const { body } = await pages.getBinding(personId, bindingId)
      if (status === 'open') expect(body.bound.wallet.status).toBe('open')
      else expect(body.code).toBe('FACE_CHECK_FAILED')
    }
  })

  it('is about this binding alone', async () => {
    const personId = await addPerson()
    const first = await start(personId)
    await pages.passAMinute(personId)
    const second = await start(personId)
    await pass(first.bindingId)
    expect((await pages.confirmBinding(personId, second.bindingId)).status).toBe(202)
    await expectNothingBound(personId)
  })

  it('waits while the card is locked, and says why', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pages.confirmBinding(personId, bindingId)
    const setCard = 'update payers set card_status = $2 where person_id = $1'
    await query(setCard, [personId, 'locked'])
    expect((await pass(bindingId)).status).toBe(200)
    await expectNothingBound(personId)
    expect(codeOf(await pages.getBinding(personId, bindingId))).toBe('CARD_LOCKED')
    await query(setCard, [personId, 'active'])
    expect((await pages.getBinding(personId, bindingId)).body.bound.wallet.status).toBe('open')
  })
})

describe('what a face check refuses', () => {
  it.each([
    ['FACE_CHECK_FAILED', 'FAILED'],
    ['FACE_CHECK_EXPIRED', 'EXPIRED'],
  ] as const)(
    '%s when the provider says %s, before and after the SMS code',
    async (code, result) => {
      for (const codeFirst of [true, false]) {
        const personId = await addPerson()
        const { bindingId } = await start(personId)
        if (codeFirst) await pages.confirmBinding(personId, bindingId)
        await pass(bindingId, result)
        await tell(bindingId, 'PASSED')
        const before = core.gateway.calls.length
        expect(codeOf(await pages.confirmBinding(personId, bindingId))).toBe(code)
        expect(core.gateway.calls).toHaveLength(before)
        expect(codeOf(await pages.getBinding(personId, bindingId))).toBe(code)
        await expectNothingBound(personId)
        expect((await pages.getWallet(personId)).bindingId).toBeNull()
      }
    },
  )

  it.each(['down', 'silent', 'drop_answer', 'refuse'] as const)(
    'FACE_CHECK_NOT_REACHABLE when the provider is: %s; whatever comes of it binds nothing',
    async (fault) => {
      const personId = await addPerson()
      const card = pages.addBankCard()
      core.realName.setFault(fault)
      const started = await pages.startBinding(personId, card, { face })
      expect(codeOf(started)).toBe('FACE_CHECK_NOT_REACHABLE')
      core.realName.setFault('none')
      const { rows } = await query('select binding_id from card_bindings where person_id = $1', [
        personId,
      ])
      const bindingId = rows[0].binding_id
      expect((await tell(bindingId, 'PASSED')).status).toBe(200)
      expect(codeOf(await pages.confirmBinding(personId, bindingId))).toBe('FACE_CHECK_EXPIRED')
      await expectNothingBound(personId)
      // The bank has sent its message all the same.
      const again = await pages.startBinding(personId, card, { face })
      expect(codeOf(again)).toBe('SMS_TOO_SOON')
    },
  )

  it('goes on waiting while the provider does not answer', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    await pages.confirmBinding(personId, bindingId)
    core.realName.setFault('silent')
    const { body } = await pages.getBinding(personId, bindingId)
    expect(body).toMatchObject({ awaits: ['FACE'], faceCheck: { pageUrl: null } })
    core.realName.setFault('none')
    const later = await pages.getBinding(personId, bindingId)
    expect(later.body.faceCheck.pageUrl).toMatch(/^https:/)
  })

  it('FACE_CHECK_NOT_SET_UP where the school asks for one and there is no provider', async () => {
    const { ports } = core.services
    const { realName } = ports
    ports.realName = undefined
    const before = core.gateway.calls.length
    const personId = await addPerson()
    const started = await pages.startBinding(personId, pages.addBankCard(), { face })
    ports.realName = realName
    expect(codeOf(started)).toBe('FACE_CHECK_NOT_SET_UP')
    expect(core.gateway.calls).toHaveLength(before)
  })

  it('RETURN_ADDRESS_NOT_ALLOWED for a page that is not the school’s', async () => {
    const personId = await addPerson()
    const elsewhere = { face: { ...face, returnTo: 'https://elsewhere.example/' } }
    const started = await pages.startBinding(personId, pages.addBankCard(), elsewhere)
    expect(codeOf(started)).toBe('RETURN_ADDRESS_NOT_ALLOWED')
  })

  it('FACE_CHECK_NEEDED at the end too: the wallet was closed, or the policy came, in between', async () => {
    const closed = await addPerson({ wallet: 'open' })
    const beside = await pages.startBinding(closed, pages.addBankCard())
    await query("update payers set wallet_status = 'closed' where person_id = $1", [closed])
    const reply = await pages.confirmBinding(closed, beside.body.bindingId)
    expect(codeOf(reply)).toBe('FACE_CHECK_NEEDED')

    await setPolicy(false)
    const early = await addPerson()
    const begun = await pages.startBinding(early, pages.addBankCard())
    await setPolicy(true)
    expect(codeOf(await pages.confirmBinding(early, begun.body.bindingId))).toBe(
      'FACE_CHECK_NEEDED',
    )
    await expectNothingBound(early)
  })

  it('FACE_CHECK_EXPIRED once the consent is withdrawn (R42)', async () => {
    for (const passed of [false, true]) {
      const personId = await addPerson()
      const { bindingId } = await start(personId)
      if (passed) await pass(bindingId)
      const body = { purpose: 'face_check' }
      expect((await core.call('withdrawConsent', { params: { personId }, body })).status).toBe(200)
      await pass(bindingId)
      const confirmed = await pages.confirmBinding(personId, bindingId)
      expect(codeOf(confirmed)).toBe('FACE_CHECK_EXPIRED')
      await expectNothingBound(personId)
    }
  })
})

describe('the provider’s own call', () => {
  it('FACE_CHECK_UNKNOWN for what was never started', async () => {
    await setPolicy(false)
    const personId = await addPerson()
    const plain = await pages.startBinding(personId, pages.addBankCard())
    for (const reference of [
      referenceOf(v7()),
      referenceOf(plain.body.bindingId),
      `face-2002-${plain.body.bindingId}`,
      `bind-${plain.body.bindingId}`,
      'face-1001-nobody-knows-this-one-here-at-all-x',
    ]) {
      const body = { reference, result: 'PASSED' }
      expect(await core.refused('tellFaceCheck', { body })).toBe('FACE_CHECK_UNKNOWN')
    }
  })

  it('takes the provider’s key alone, which can do nothing else, and each signature once', async () => {
    const personId = await addPerson()
    const { bindingId } = await start(personId)
    const body = { reference: referenceOf(bindingId), result: 'PASSED' }
    for (const key of [core.bffKey, core.terminalKey]) {
      expect(await core.refused('tellFaceCheck', { body, key })).toBe('KEY_NOT_ALLOWED')
    }
    const key = core.createKey('face-1')
    expect(await core.refused('tellFaceCheck', { body, key })).toBe('SIGNATURE_INVALID')
    const asPerson = { params: { personId }, key: core.providerKey }
    expect(await core.refused('getWallet', asPerson)).toBe('KEY_NOT_ALLOWED')
    const pending = await pages.getBinding(personId, bindingId)
    expect(pending.body.awaits).toContain('FACE')
    const once = { body, nonce: 'a-nonce-of-the-provider' }
    expect(await core.call('tellFaceCheck', once)).toMatchObject({ status: 200, signed: true })
    expect(await core.refused('tellFaceCheck', once)).toBe('SIGNATURE_REPLAYED')
    const pendingToo = { body: { ...body, result: 'PENDING' } }
    expect(await core.refused('tellFaceCheck', pendingToo)).toBe('BAD_REQUEST')
  })
})

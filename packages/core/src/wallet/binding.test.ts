import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterEach(() => core.gateway.setFault('none'))
afterAll(() => core.close())

const query = (sql: string, values: unknown[]) => core.services.db.pool.query(sql, values)

/** Somebody who has an e-card and no wallet yet. */
async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  return (await core.addPerson({ wallet: 'not_open', walletFen: 0, ...options })).personId
}

const codeOf = ({ body }: { body: { code?: string } }) => body.code
const wrongCode = (code: string) => (code === '000000' ? '000001' : '000000')

describe('binding a bank card (R9)', () => {
  it('opens the wallet at ¥0.00 with the card as its default, and tells it', async () => {
    const personId = await addPerson()
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'not_open', balanceFen: null })
    const happened = await pages.watch(personId)
    const card = pages.addBankCard()
    const started = await pages.startBinding(personId, card)
    expect(started).toMatchObject({
      status: 201,
      body: { bankName: '云谷银行', tail: card.cardNo.slice(-4), phoneTail: '9000' },
    })
    const left = Date.parse(started.body.expiresAt) - Date.now()
    expect(Math.abs(left - 600_000)).toBeLessThan(5_000)
    const { status, body } = await pages.confirmBinding(personId, started.body.bindingId)
    expect(status).toBe(200)
    expect(body.wallet).toEqual({
      status: 'open',
      balanceFen: 0,
      cards: [
        {
          cardId: expect.any(String),
          bankName: '云谷银行',
          tail: card.cardNo.slice(-4),
          isDefault: true,
          boundAt: expect.any(String),
        },
      ],
      unbindsLeft: 3,
      reopensLeft: 3,
      pending: [],
      limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 0, ceilingFen: 500_000 },
      agreement: { signedAt: null, urged: false },
      password: 'not_set',
      needsFace: false,
      bindingId: null,
    })
    expect(await pages.getWallet(personId)).toEqual(body.wallet)
    expect(await happened()).toEqual(['opened', 'card_bound'])
  })

  it('makes the card pay when the wallet is short (R13)', async () => {
    const personId = await addPerson()
    await pages.bindCard(personId)
    const code = await core.issueCode(personId)
    const body = { orderNo: v7(), amountFen: 100, code }
    expect((await core.call('pay', { body })).body).toMatchObject({
      status: 'PAID',
      channel: 'bank_card',
    })
  })

  it('takes several cards, oldest first; the first stays the default', async () => {
    const personId = await addPerson()
    const happened = await pages.watch(personId)
    const ids = [await pages.bindCard(personId), await pages.bindCard(personId)]
    const { cards } = await pages.getWallet(personId)
    expect(cards.map(({ cardId }) => cardId)).toEqual(ids)
    expect(cards.map(({ isDefault }) => isDefault)).toEqual([true, false])
    expect(await happened()).toEqual(['opened', 'card_bound', 'card_bound'])
  })

  it('keeps neither name nor ID nor card number, in a table or in the log', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard({ idNumber: '11010119991231876X', phone: '13912345678' })
    await pages.bindCard(personId, card)
    const { rows } = await query(
      `select b::text || c::text || w::text || p::text || v::text as row
         from card_bindings b join bank_cards c using (person_id) join wallets w using (person_id)
         join people p using (person_id) join verifications v using (person_id)
        where person_id = $1`,
      [personId],
    )
    expect(rows).toHaveLength(1)
    for (const secret of [card.name, card.idNumber, card.cardNo, card.phone]) {
      expect(rows[0].row).not.toContain(secret)
      expect(core.logged.join('')).not.toContain(secret)
    }
  })

  it('gives a proof for a first payment password, and for a locked one, not for one that works', async () => {
    const personId = await addPerson()
    const verificationIds = []
    for (const password of ['none', 'locked', 'set']) {
      if (password !== 'none') await setPassword(core, personId, { locked: password === 'locked' })
      const { body } = await pages.startBinding(personId, pages.addBankCard())
      const confirmed = await pages.confirmBinding(personId, body.bindingId)
      verificationIds.push(confirmed.body.verificationId)
      await pages.passAMinute(personId)
    }
    expect(verificationIds).toEqual([expect.any(String), expect.any(String), null])
    const { rows } = await query(
      `select means, confirmed_at is not null as confirmed, expires_at <= now() + interval '10 minutes' as brief
         from verifications where person_id = $1`,
      [personId],
    )
    expect(rows).toEqual(Array(2).fill({ means: 'binding', confirmed: true, brief: true }))
  })

  it('gives the same answer when the confirmation is repeated, and binds one card of two at once', async () => {
    const personId = await addPerson()
    const happened = await pages.watch(personId)
    const { body } = await pages.startBinding(personId, pages.addBankCard())
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => pages.confirmBinding(personId, body.bindingId)),
    )
    replies.push(await pages.confirmBinding(personId, body.bindingId))
    for (const reply of replies)
      expect(reply).toMatchObject({ status: 200, body: replies[0]?.body })
    expect(replies[0]?.body.verificationId).toEqual(expect.any(String))
    expect((await pages.getWallet(personId)).cards).toHaveLength(1)
    expect(await happened()).toEqual(['opened', 'card_bound'])
    const right = core.gateway.readSmsCode(`bind-${body.bindingId}`)
    const wrong = await pages.confirmBinding(personId, body.bindingId, wrongCode(right))
    expect(codeOf(wrong)).toBe('SMS_CODE_WRONG')
  })

  it('survives a bank whose answer to the confirmation is lost', async () => {
    const personId = await addPerson()
    const { body } = await pages.startBinding(personId, pages.addBankCard())
    core.gateway.setFault('drop_answer')
    expect(codeOf(await pages.confirmBinding(personId, body.bindingId))).toBe('BANK_NOT_REACHABLE')
    expect((await pages.getWallet(personId)).status).toBe('not_open')
    core.gateway.setFault('none')
    expect((await pages.confirmBinding(personId, body.bindingId)).status).toBe(200)
  })

  it('opens a closed wallet again, which counts once, also when two cards do it at once (R11)', async () => {
    const personId = await addPerson({ wallet: 'closed' })
    const bindings = []
    for (let i = 0; i < 2; i++) {
      bindings.push((await pages.startBinding(personId, pages.addBankCard())).body.bindingId)
      await pages.passAMinute(personId)
    }
    const replies = await Promise.all(bindings.map((id) => pages.confirmBinding(personId, id)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'open', reopensLeft: 2 })
  })
})

describe('what a binding refuses', () => {
  it.each([
    ['BINDING_HOLDER_MISMATCH', { idNumber: '110101200001014321' }],
    ['BINDING_CARD_MISMATCH', { cardNo: '6222999999999999' }],
    ['BINDING_PHONE_MISMATCH', { phone: '13900139009' }],
    ['BINDING_HOLDER_MISMATCH', { idNumber: '110101200001014321', phone: '13900139009' }],
  ])('%s for the first group that differs, and counts it', async (code, change) => {
    const personId = await addPerson()
    const card = pages.addBankCard()
    expect(codeOf(await pages.startBinding(personId, card, change))).toBe(code)
    const { rows } = await query('select binding_id from card_bindings where person_id = $1', [
      personId,
    ])
    expect(codeOf(await pages.confirmBinding(personId, rows[0].binding_id, '123456'))).toBe(
      'BINDING_UNKNOWN',
    )
    // Who has mistyped need not wait.
    expect(codeOf(await pages.startBinding(personId, card))).toBeUndefined()
    expect(codeOf(await pages.startBinding(personId, card))).toBe('SMS_TOO_SOON')
  })

  it('BINDING_NOT_OWN_CARD for a card of somebody else, without asking the bank, and counts it', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard({ name: '周子昂' })
    const before = core.gateway.calls.length
    expect(codeOf(await pages.startBinding(personId, card))).toBe('BINDING_NOT_OWN_CARD')
    expect(core.gateway.calls).toHaveLength(before)
    const own = pages.addBankCard()
    expect(codeOf(await pages.startBinding(personId, own))).toBeUndefined()
    const { rows } = await query(
      'select count(*)::int as n from card_bindings where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ n: 2 }])
  })

  it.each([
    ['BANK_NOT_SUPPORTED', 'not_supported'],
    ['BANK_CARD_CLOSED', 'closed'],
  ] as const)('%s for a card that is %s', async (code, status) => {
    const card = pages.addBankCard({ status })
    expect(codeOf(await pages.startBinding(await addPerson(), card))).toBe(code)
  })

  it.each(['down', 'silent', 'refuse_repeat'] as const)(
    'BANK_NOT_REACHABLE when the bank is: %s; only what never reached it may be repeated at once',
    async (fault) => {
      const personId = await addPerson()
      const card = pages.addBankCard()
      core.gateway.setFault(fault)
      expect(codeOf(await pages.startBinding(personId, card))).toBe('BANK_NOT_REACHABLE')
      core.gateway.setFault('none')
      const again = await pages.startBinding(personId, card)
      expect(codeOf(again)).toBe(fault === 'down' ? undefined : 'SMS_TOO_SOON')
    },
  )

  it('SMS_TOO_SOON within a minute, also for many at once', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard()
    const before = core.gateway.calls.length
    const replies = [1, 2, 3, 4, 5].map(() => pages.startBinding(personId, card))
    expect(await pages.statusesOf(replies)).toEqual(['201', ...Array(4).fill('SMS_TOO_SOON')])
    expect(core.gateway.calls).toHaveLength(before + 1)
    const { body, headers } = await pages.startBinding(personId, card)
    expect(body.retryAfterSeconds).toBeGreaterThan(50)
    expect(headers['retry-after']).toBe(String(body.retryAfterSeconds))
  })

  it('RATE_LIMITED after ten in a day, mismatches among them', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard()
    for (let i = 0; i < 10; i++) {
      const { status } = await pages.startBinding(personId, card, i % 2 ? { phone: '123456' } : {})
      expect(status).toBe(i % 2 ? 422 : 201)
      await pages.passAMinute(personId)
    }
    const { body } = await pages.startBinding(personId, card)
    expect(body.code).toBe('RATE_LIMITED')
    expect(body.retryAfterSeconds).toBeGreaterThan(80_000)
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s without asking the bank', async (code, cardStatus) => {
    const before = core.gateway.calls.length
    const reply = await pages.startBinding(await addPerson({ cardStatus }), pages.addBankCard())
    expect(codeOf(reply)).toBe(code)
    expect(core.gateway.calls).toHaveLength(before)
  })

  it.each([
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s at the confirmation too', async (code, cardStatus) => {
    const personId = await addPerson()
    const { body } = await pages.startBinding(personId, pages.addBankCard())
    await query('update payers set card_status = $2 where person_id = $1', [personId, cardStatus])
    expect(codeOf(await pages.confirmBinding(personId, body.bindingId))).toBe(code)
    expect((await pages.getWallet(personId)).cards).toEqual([])
  })

  it('REOPENS_EXHAUSTED at the start and at the confirmation (R11)', async () => {
    const personId = await addPerson({ wallet: 'closed' })
    const { body } = await pages.startBinding(personId, pages.addBankCard())
    await pages.passAMinute(personId)
    await query('update wallets set reopen_count = 3 where person_id = $1', [personId])
    expect(codeOf(await pages.startBinding(personId, pages.addBankCard()))).toBe(
      'REOPENS_EXHAUSTED',
    )
    expect(codeOf(await pages.confirmBinding(personId, body.bindingId))).toBe('REOPENS_EXHAUSTED')
    expect(await pages.getWallet(personId)).toMatchObject({ status: 'closed', cards: [] })
  })

  it('BINDING_UNKNOWN for one that is not there, another person’s, or whose card is unbound again', async () => {
    const [personId, other] = [await addPerson(), await addPerson()]
    const { body } = await pages.startBinding(personId, pages.addBankCard())
    const { bindingId } = body
    expect(codeOf(await pages.confirmBinding(other, bindingId))).toBe('BINDING_UNKNOWN')
    expect(codeOf(await pages.confirmBinding(personId, v7(), '123456'))).toBe('BINDING_UNKNOWN')
    const confirmed = await pages.confirmBinding(personId, bindingId)
    await pages.unbind(personId, confirmed.body.wallet.cards[0].cardId)
    expect(codeOf(await pages.confirmBinding(personId, bindingId))).toBe('BINDING_UNKNOWN')
  })

  it('CARD_ALREADY_BOUND by a second binding, also at once with the first; free again once unbound', async () => {
    const personId = await addPerson()
    const card = pages.addBankCard()
    const bindings = []
    for (let i = 0; i < 3; i++) {
      bindings.push((await pages.startBinding(personId, card)).body.bindingId)
      await pages.passAMinute(personId)
    }
    const [third, ...two] = bindings
    const replies = two.map((id) => pages.confirmBinding(personId, id))
    expect(await pages.statusesOf(replies)).toEqual(['200', 'CARD_ALREADY_BOUND'])
    const { cards } = await pages.getWallet(personId)
    expect(cards).toHaveLength(1)
    await pages.unbind(personId, cards[0]?.cardId ?? '')
    expect((await pages.confirmBinding(personId, third)).status).toBe(200)
  })

  it('SMS_CODE_WRONG, then SMS_TRIES_EXHAUSTED, as the bank says', async () => {
    const personId = await addPerson()
    const { bindingId } = (await pages.startBinding(personId, pages.addBankCard())).body
    const right = core.gateway.readSmsCode(`bind-${bindingId}`)
    const codes = []
    for (let i = 0; i < 5; i++) {
      codes.push(codeOf(await pages.confirmBinding(personId, bindingId, wrongCode(right))))
    }
    expect(codes).toEqual([...Array(4).fill('SMS_CODE_WRONG'), 'SMS_TRIES_EXHAUSTED'])
    expect(codeOf(await pages.confirmBinding(personId, bindingId))).toBe('SMS_TRIES_EXHAUSTED')
  })

  it('SMS_CODE_EXPIRED by our time and by the bank’s', async () => {
    const personId = await addPerson()
    const ours = (await pages.startBinding(personId, pages.addBankCard())).body.bindingId
    await query('update card_bindings set expires_at = now() where binding_id = $1', [ours])
    const before = core.gateway.calls.length
    expect(codeOf(await pages.confirmBinding(personId, ours))).toBe('SMS_CODE_EXPIRED')
    expect(core.gateway.calls).toHaveLength(before)
    await pages.passAMinute(personId)
    const theirs = (await pages.startBinding(personId, pages.addBankCard())).body.bindingId
    core.gateway.expireSmsCode(`bind-${theirs}`)
    expect(codeOf(await pages.confirmBinding(personId, theirs))).toBe('SMS_CODE_EXPIRED')
  })

  it('BAD_REQUEST without consent (R42)', async () => {
    const reply = await pages.startBinding(await addPerson(), pages.addBankCard(), {
      consent: false,
    })
    expect(reply.body).toMatchObject({ code: 'BAD_REQUEST', fields: ['consent'] })
  })
})

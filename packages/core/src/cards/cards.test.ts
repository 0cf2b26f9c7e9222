import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

const consent = { consent: true }

describe('getCard', () => {
  it('shows the card masked, and the number only where it is asked for', async () => {
    const { personId, cardNo } = await core.addPerson({ personClass: 'student' })
    const params = { personId }
    const { body } = await core.call('getCard', { params })
    expect(body).toEqual({
      status: 'active',
      maskedName: '林*夏',
      maskedCardNo: '2023••••417',
      class: 'student',
      school: {
        id: '1001',
        name: '云谷大学',
        nameEn: 'Yungu University',
        accent: '#1d4ed8',
        supportContact: '卡务中心',
      },
      campus: null,
    })
    expect((await core.call('getCardNumber', { params })).body).toEqual({ cardNo })
  })
})

describe('claimCard', () => {
  it('activates an unclaimed card, tells the person once, and may be repeated (R2a)', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed' })
    const params = { personId }
    await core.settleEvents()
    const { cursor } = (await core.call('getEvents', { params })).body
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => core.call('claimCard', { params, body: consent })),
    )
    for (const { status, body } of replies) expect([status, body.status]).toEqual([200, 'active'])
    await core.settleEvents()
    const { events } = (await core.call('getEvents', { params, query: { after: cursor } })).body
    expect(events).toMatchObject([{ data: { type: 'card', status: 'active' } }])
  })

  it('needs consent', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed' })
    const body = { consent: false }
    expect(await core.refused('claimCard', { params: { personId }, body })).toBe('BAD_REQUEST')
    expect((await core.call('getCard', { params: { personId } })).body.status).toBe('unclaimed')
  })

  it.each([
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s for a card that is %s, which stays so', async (code, cardStatus) => {
    const { personId } = await core.addPerson({ cardStatus })
    const params = { personId }
    expect(await core.refused('claimCard', { params, body: consent })).toBe(code)
    expect((await core.call('getCard', { params })).body.status).toBe(cardStatus)
  })
})

describe('a lost card or phone (R6)', () => {
  const lock = (personId: string) => core.call('lockCard', { params: { personId } })
  async function unlock(personId: string, approvalId?: string) {
    const id = approvalId ?? (await approve(core, personId, { kind: 'unlock_card' }))
    return core.call('unlockCard', { params: { personId }, body: { approvalId: id } })
  }
  async function pay(code: string) {
    const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
    return body.code ?? body.status
  }
  async function drawIssued(personId: string): Promise<string> {
    const body = { account: 'wallet' }
    return (await core.call('issueCode', { params: { personId }, body })).body.code
  }
  async function tellStatuses(personId: string, cursor: string) {
    await core.settleEvents()
    const options = { params: { personId }, query: { after: cursor } }
    const { events } = (await core.call('getEvents', options)).body
    return events
      .filter(({ data }: { data: { type: string } }) => data.type === 'card')
      .map(({ data }: { data: { status: string } }) => data.status)
  }

  it('is locked by one tap: nothing drawn before or after pays, until the password unlocks it', async () => {
    const { personId } = await core.addPerson()
    await core.settleEvents()
    const { cursor } = (await core.call('getEvents', { params: { personId } })).body
    const phone = await core.enrolPhone(personId)
    const issued = await drawIssued(personId)
    for (let i = 0; i < 2; i++) {
      const { status, body } = await lock(personId)
      expect([status, body.status]).toEqual([200, 'locked'])
    }
    expect(await pay(issued)).toBe('CODE_EXPIRED')
    expect(await pay(await core.drawCode(phone))).toBe('CARD_LOCKED')
    const body = { account: 'wallet' }
    expect(await core.refused('issueCode', { params: { personId }, body })).toBe('CARD_LOCKED')
    expect((await unlock(personId)).body.status).toBe('active')
    expect(await pay(issued)).toBe('CODE_EXPIRED')
    expect(await pay(await drawIssued(personId))).toBe('PAID')
    expect(await tellStatuses(personId, cursor)).toEqual(['locked', 'active'])
  })

  it('of payments at the same moment each is wholly before or after the lock', async () => {
    for (let round = 0; round < 5; round++) {
      const { personId } = await core.addPerson({ walletFen: 10_000 })
      const codes = await Promise.all(Array.from({ length: 6 }, () => core.issueCode(personId)))
      const [, ...paid] = await Promise.all([lock(personId), ...codes.map(pay)])
      const { wallet_fen } = await core.payer(personId)
      expect(wallet_fen).toBe(10_000 - paid.filter((status) => status === 'PAID').length)
      expect(await pay(await core.issueCode(personId))).toBe('CARD_LOCKED')
    }
  })

  it('is unlocked by one approval once; a card that is not locked needs none', async () => {
    const { personId } = await core.addPerson()
    await lock(personId)
    const approvalId = await approve(core, personId, { kind: 'unlock_card' })
    const replies = await Promise.all([1, 2, 3].map(() => unlock(personId, approvalId)))
    for (const { body } of replies) expect(body.status).toBe('active')
    await lock(personId)
    expect((await unlock(personId, approvalId)).body.code).toBe('APPROVAL_INVALID')
    const { body } = await core.call('getCard', { params: { personId } })
    expect(body.status).toBe('locked')
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_CLOSED', 'closed'],
  ])('%s for a card that is %s', async (code, cardStatus) => {
    const { personId } = await core.addPerson({ cardStatus })
    expect((await lock(personId)).body.code).toBe(code)
    expect((await unlock(personId)).body.code).toBe(code)
    const { body } = await core.call('getCard', { params: { personId } })
    expect(body.status).toBe(cardStatus)
  })

  it('NOT_FOUND for nobody', async () => {
    expect((await lock(v7())).body.code).toBe('NOT_FOUND')
    expect((await unlock(v7(), v7())).body.code).toBe('NOT_FOUND')
  })
})

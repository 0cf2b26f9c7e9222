import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

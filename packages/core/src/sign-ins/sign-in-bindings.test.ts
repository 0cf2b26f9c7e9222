import { beforeAll, describe, expect, it } from 'vitest'
import { closeCard } from '../cards/close-card.ts'
import { inTransaction } from '../db/database.ts'
import { SCHOOL } from '../testing/campus.ts'
import type { HttpCore } from '../testing/http-core.ts'
import { endSignInsOf } from './end-sign-ins-command.ts'
import type { PublicServer } from './testing/public-server.ts'
import {
  bffOrigin,
  newOpenid,
  password,
  secretOf,
  useSignIns,
  wordOf,
} from './testing/use-sign-ins.ts'

const signIns = useSignIns()
const { addStudent, arrive, bind, bindingOf, redeem, check } = signIns
let core: HttpCore
let web: PublicServer
beforeAll(() => {
  core = signIns.core
  web = signIns.web
})

describe('a WeChat that signs somebody in', () => {
  const signsIn = async (openid: string) => {
    const { page, verifier } = await arrive(web.openBrowser(), { openid })
    if (page.status !== 302) return undefined
    return (await redeem(wordOf(page.location), verifier)).body.personId
  }

  it('is one per person and app, the last one', async () => {
    const { personId, cardNo } = await addStudent()
    const [first, second] = [newOpenid(), newOpenid()]
    await bind(web.openBrowser(), first, cardNo)
    await bind(web.openBrowser(), second, cardNo)
    expect(await signsIn(second)).toBe(personId)
    expect(await signsIn(first)).toBe(undefined)
  })

  it('is one person’s, of two who come with it at the same moment', async () => {
    const people = [await addStudent(), await addStudent()]
    const openid = newOpenid()
    const pages = await Promise.all(people.map(() => arrive(web.openBrowser(), { openid })))
    const answers = await Promise.all(
      people.map(({ cardNo }, i) => {
        const page = secretOf(pages[i]?.page ?? { html: '' })
        return web.openBrowser().post('/wechat/sign-in/bind', { page, cardNo, password })
      }),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410])
    const { rowCount } = await core.services.db.pool.query(
      'select from sign_in_bindings where person_id = any ($1)',
      [people.map(({ personId }) => personId)],
    )
    expect(rowCount).toBe(1)
  })

  it('does so until the person ends it, and every sign-in with it (R6)', async () => {
    const { personId, cardNo } = await addStudent()
    const openid = newOpenid()
    const binding = await bindingOf(bind(web.openBrowser(), openid, cardNo))
    expect((await check(personId, binding)).status).toBe(200)
    for (let i = 0; i < 2; i++) {
      expect((await core.call('endWechatSignIn', { params: { personId } })).status).toBe(200)
    }
    expect((await check(personId, binding)).body.code).toBe('SIGN_IN_ENDED')
    expect(await signsIn(openid)).toBe(undefined)
    expect((await core.call('getMyWechat', { params: { personId } })).body.signsIn).toBe(false)
    // What was ended stays so, also for a page of somebody else's that waits for the WeChat to be bound again.
    const again = await bindingOf(bind(web.openBrowser(), openid, cardNo))
    expect((await check(personId, binding)).body.code).toBe('SIGN_IN_ENDED')
    expect((await check(personId, again)).status).toBe(200)
  })

  it('takes the place of the one before with all that came by it: pages, and tickets under way', async () => {
    const { personId, cardNo } = await addStudent()
    const stolen = newOpenid()
    const before = await bindingOf(bind(web.openBrowser(), stolen, cardNo))
    const underWay = await arrive(web.openBrowser(), { openid: stolen })
    const own = await bindingOf(bind(web.openBrowser(), newOpenid(), cardNo))
    expect((await check(personId, before)).body.code).toBe('SIGN_IN_ENDED')
    expect((await check(personId, own)).status).toBe(200)
    const ticket = { ticket: wordOf(underWay.page.location), verifier: underWay.verifier }
    expect(await core.refused('redeemTicket', { body: ticket })).toBe('TICKET_INVALID')
    const target = { target: 'https://school.example/card', bffOrigin, channel: 'wechat' }
    const byOld = { params: { personId }, body: { ...target, binding: before } }
    expect(await core.refused('createTicket', byOld)).toBe('SIGN_IN_ENDED')
  })

  it('leaves no ticket to the one before, however both are timed', async () => {
    for (let i = 0; i < 8; i++) {
      const { personId, cardNo } = await addStudent()
      const stolen = newOpenid()
      await bindingOf(bind(web.openBrowser(), stolen, cardNo))
      const { page } = await arrive(web.openBrowser(), { openid: newOpenid() })
      const form = { page: secretOf(page), cardNo, password }
      const [old] = await Promise.all([
        arrive(web.openBrowser(), { openid: stolen }).then(({ page: back, verifier }) =>
          back.status === 302 ? redeem(wordOf(back.location), verifier) : undefined,
        ),
        web.openBrowser().post('/wechat/sign-in/bind', form),
      ])
      // It came first, and is over with the next refresh; or it came too late.
      if (old?.status === 200) {
        expect((await check(personId, old.body.binding)).body.code).toBe('SIGN_IN_ENDED')
      }
    }
  })

  it('does so until the card office ends it', async () => {
    const { personId, cardNo } = await addStudent()
    const openid = newOpenid()
    const binding = await bindingOf(bind(web.openBrowser(), openid, cardNo))
    expect(await endSignInsOf(core.services, SCHOOL, cardNo)).toBe(true)
    expect((await check(personId, binding)).body.code).toBe('SIGN_IN_ENDED')
    expect(await signsIn(openid)).toBe(undefined)
    expect(await endSignInsOf(core.services, SCHOOL, '000')).toBe(false)
  })

  it('does so no more when the person has left', async () => {
    const { personId, cardNo } = await addStudent()
    const openid = newOpenid()
    const binding = await bindingOf(bind(web.openBrowser(), openid, cardNo))
    await inTransaction(core.services.db.pool, (tx) =>
      closeCard(tx, core.services, { schoolId: SCHOOL, personId }, 'active'),
    )
    expect((await check(personId, binding)).body.code).toBe('SIGN_IN_ENDED')
    expect(await signsIn(openid)).toBe(undefined)
    // What the school says itself stands, so that money can be withdrawn (R42).
    expect((await check(personId, '', 'school')).status).toBe(200)
  })

  it('pays nothing by that: WeChat’s own code is bound in the wallet (R27)', async () => {
    const { cardNo, personId } = await addStudent()
    const openid = newOpenid()
    await bind(web.openBrowser(), openid, cardNo)
    expect((await core.call('getMyWechat', { params: { personId } })).body.bound).toBe(false)
    const pay = { orderNo: 'sign-in-1', amountFen: 100, code: core.wechat.showCode(openid) }
    expect(await core.refused('pay', { body: pay })).toBe('WECHAT_NOT_BOUND')
  })

  it('is SIGN_IN_ENDED for a person who is not there', async () => {
    const nobody = '0190d1a2-0000-7000-8000-00000000000f'
    expect((await check(nobody, '', 'school')).body.code).toBe('SIGN_IN_ENDED')
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { SCHOOL } from '../testing/campus.ts'
import type { HttpCore } from '../testing/http-core.ts'
import type { PublicServer } from './testing/public-server.ts'
import {
  newOpenid,
  newVerifier,
  password,
  secretOf,
  useSignIns,
  wordOf,
} from './testing/use-sign-ins.ts'

const signIns = useSignIns()
const { addStudent, arrive, bind, redeem } = signIns
let core: HttpCore
let web: PublicServer
beforeAll(() => {
  core = signIns.core
  web = signIns.web
})

describe('the page that asks for number and password (R2b)', () => {
  it('tells a wrong password from an unknown number by nothing', async () => {
    const { cardNo } = await addStudent()
    const browser = web.openBrowser()
    const wrong = await bind(browser, newOpenid(), cardNo, '000000')
    const unknown = await bind(browser, newOpenid(), '99999999', '000000')
    const plain = ({ answer, form }: typeof wrong) =>
      answer.html.replaceAll(form.page, '').replaceAll(form.cardNo, '')
    expect(wrong.answer.status).toBe(422)
    expect(unknown.answer.status).toBe(422)
    expect(plain(wrong)).toBe(plain(unknown))
    expect(core.oneCard.passwordChecks).toContain('99999999')
  })

  it('takes five wrong passwords from one WeChat, then none, not even the right one', async () => {
    const { cardNo } = await addStudent()
    const browser = web.openBrowser()
    const openid = newOpenid()
    const { page } = await arrive(browser, { openid })
    const form = { page: secretOf(page), cardNo: '', password: 'wrong' }
    const send = (no: string, word = 'wrong') =>
      browser.post('/wechat/sign-in/bind', { ...form, cardNo: no, password: word })
    for (let i = 0; i < 5; i++) expect((await send(`88800${i}`)).status).toBe(422)
    const asked = core.oneCard.passwordChecks.length
    const locked = await send(cardNo, password)
    expect(locked.status).toBe(429)
    expect(locked.html).toContain('30 分钟后再试')
    expect(core.oneCard.passwordChecks.length).toBe(asked)
    await core.services.db.pool.query(
      `update card_password_tries set since = since - interval '31 minutes'`,
    )
    expect((await send(cardNo, password)).status).toBe(303)
  })

  it('takes five for one card number, from however many WeChats at once', async () => {
    const { cardNo } = await addStudent()
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => arrive(web.openBrowser(), { openid: newOpenid() })),
    )
    const before = core.oneCard.passwordChecks.length
    const answers = await Promise.all(
      pages.map(({ page }) =>
        web
          .openBrowser()
          .post('/wechat/sign-in/bind', { page: secretOf(page), cardNo, password: 'guess' }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(5).fill(422),
      ...Array<number>(3).fill(429),
    ])
    expect(core.oneCard.passwordChecks.length).toBe(before + 5)
  })

  it('counts anew after the right one, and counts none that could not be checked', async () => {
    const { cardNo } = await addStudent()
    const browser = web.openBrowser()
    const openid = newOpenid()
    const { page } = await arrive(browser, { openid })
    const form = { page: secretOf(page), cardNo, password }
    core.oneCard.setPeopleAway(true)
    for (let i = 0; i < 7; i++) {
      const answer = await browser.post('/wechat/sign-in/bind', form)
      expect(answer.status).toBe(503)
      expect(answer.html).toContain('密码没有被核对')
    }
    core.oneCard.setPeopleAway(false)
    for (let i = 0; i < 4; i++) {
      const wrong = { ...form, password: 'wrong' }
      expect((await browser.post('/wechat/sign-in/bind', wrong)).status).toBe(422)
    }
    expect((await browser.post('/wechat/sign-in/bind', form)).status).toBe(303)
    const other = await arrive(browser, { openid: newOpenid() })
    const next = { page: secretOf(other.page), cardNo, password: 'wrong' }
    for (let i = 0; i < 4; i++) {
      expect((await browser.post('/wechat/sign-in/bind', next)).status).toBe(422)
    }
    expect((await browser.post('/wechat/sign-in/bind', { ...next, password })).status).toBe(303)
  })

  it('does not let a WeChat guess on because one of its numbers was right', async () => {
    // Somebody who has left knows a right one, and is let in nowhere by it.
    const own = await addStudent()
    core.oneCard.givePassword(own.cardNo, password, { left: true })
    const browser = web.openBrowser()
    const { page } = await arrive(browser, { openid: newOpenid() })
    const send = (cardNo: string, word: string) =>
      browser.post('/wechat/sign-in/bind', { page: secretOf(page), cardNo, password: word })
    const statuses = []
    for (let i = 0; i < 6; i++) {
      statuses.push((await send(`77700${i}`, '123456')).status)
      statuses.push((await send(own.cardNo, password)).status)
    }
    expect(statuses.filter((status) => status === 422).length).toBe(5)
    expect(statuses.slice(-2)).toEqual([429, 429])
  })

  it('counts a number once, however it is written', async () => {
    const statuses = []
    for (const cardNo of ['ab12', 'AB12', 'aB12', 'Ab12', 'a\u200bb12', '\uff21b12']) {
      const { page } = await arrive(web.openBrowser(), { openid: newOpenid() })
      const form = { page: secretOf(page), cardNo, password: 'guess' }
      statuses.push((await web.openBrowser().post('/wechat/sign-in/bind', form)).status)
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429])
  })

  it('keeps and logs neither password nor number, nor anything that opens something', async () => {
    const { cardNo } = await addStudent()
    const openid = newOpenid()
    const secretWord = 'pass-word-417'
    core.oneCard.givePassword(cardNo, secretWord)
    const { answer, form, verifier } = await bind(web.openBrowser(), openid, cardNo, secretWord)
    const ticket = wordOf(answer.location)
    await redeem(ticket, verifier)
    let stored = core.logged.join()
    for (const table of [
      'channel_sign_ins',
      'sign_in_bindings',
      'sign_in_tickets',
      'card_password_tries',
    ]) {
      const { rows } = await core.services.db.pool.query(`select t::text as row from ${table} t`)
      stored += rows.map(({ row }) => row).join()
    }
    for (const secret of [secretWord, openid, form.page, ticket, verifier]) {
      expect(stored).not.toContain(secret)
    }
    expect(core.logged.join()).not.toContain(cardNo)
  })

  it('listens to nobody else’s pages, and to no made-up one', async () => {
    const { cardNo } = await addStudent()
    const browser = web.openBrowser()
    const { page } = await arrive(browser, { openid: newOpenid() })
    const form = { page: secretOf(page), cardNo, password }
    for (const origin of ['https://evil.example', 'null']) {
      expect((await browser.post('/wechat/sign-in/bind', form, { origin })).status).toBe(410)
    }
    const json = { 'content-type': 'application/json' }
    expect((await browser.post('/wechat/sign-in/bind', form, json)).status).toBe(410)
    const guessed = { ...form, page: `${SCHOOL}${newVerifier()}` }
    expect((await browser.post('/wechat/sign-in/bind', guessed)).status).toBe(410)
    const long = { ...form, password: 'x'.repeat(5_000) }
    expect((await browser.post('/wechat/sign-in/bind', long)).status).toBe(410)
    expect((await browser.post('/wechat/sign-in/bind', form)).status).toBe(303)
  })

  it('answers a form that was sent twice as if it had been sent once', async () => {
    const { personId, cardNo } = await addStudent()
    const browser = web.openBrowser()
    const { page, verifier } = await arrive(browser, { openid: newOpenid() })
    const form = { page: secretOf(page), cardNo, password }
    const both = await Promise.all([1, 2].map(() => browser.post('/wechat/sign-in/bind', form)))
    const late = await browser.post('/wechat/sign-in/bind', form)
    for (const { status, location } of [...both, late]) {
      expect(status).toBe(303)
      expect((await redeem(wordOf(location), verifier)).body.personId).toBe(personId)
    }
  })

  it('lets in nobody whom the school’s list has not, or under another name', async () => {
    core.oneCard.givePassword('70001', password)
    const nobody = await bind(web.openBrowser(), newOpenid(), '70001')
    expect(nobody.answer.status).toBe(403)
    expect(nobody.answer.html).toContain('名单里没有你')
    const renamed = await addStudent()
    core.oneCard.givePassword(renamed.cardNo, password, { name: '别的人' })
    expect((await bind(web.openBrowser(), newOpenid(), renamed.cardNo)).answer.status).toBe(403)
    expect(core.logged.join()).toContain('alarm: the one-card system has another name')
    const left = await addStudent()
    core.oneCard.givePassword(left.cardNo, password, { left: true })
    expect((await bind(web.openBrowser(), newOpenid(), left.cardNo)).answer.status).toBe(403)
    const closed = await addStudent()
    await core.services.db.pool.query(
      `update payers set card_status = 'closed' where person_id = $1`,
      [closed.personId],
    )
    expect((await bind(web.openBrowser(), newOpenid(), closed.cardNo)).answer.status).toBe(403)
  })

  it('takes a number as people write it, and is over after its time', async () => {
    const { cardNo } = await addStudent()
    const browser = web.openBrowser()
    const { page } = await arrive(browser, { openid: newOpenid() })
    const form = {
      page: secretOf(page),
      cardNo: ` ${cardNo.slice(0, 4)} ${cardNo.slice(4)}`,
      password,
    }
    await core.services.db.pool.query(
      `update channel_sign_ins set expires_at = now() where bound_at is null`,
    )
    expect((await browser.post('/wechat/sign-in/bind', form)).status).toBe(410)
    const fresh = await arrive(browser, { openid: newOpenid() })
    const wide = { ...form, page: secretOf(fresh.page) }
    expect((await browser.post('/wechat/sign-in/bind', wide)).status).toBe(303)
  })
})

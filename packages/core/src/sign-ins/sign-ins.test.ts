import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeCard } from '../cards/close-card.ts'
import { inTransaction } from '../db/database.ts'
import { indexCardNo } from '../people/open-person.ts'
import type { WechatSignIn } from '../ports/wechat-app/wechat-app.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { endSignInsOf } from './end-sign-ins-command.ts'
import { createSignInHandlers } from './handlers.ts'
import { type Browser, createPublicServer, type PublicServer } from './testing/public-server.ts'

const returnTo = 'https://school.example/card?tab=pay#old'
const bffOrigin = 'https://bff.example'
/** What a browser says on the way from there. */
const fromPage = 'https://school.example/'
const password = '417290'
let core: HttpCore
let web: PublicServer
let openids = 0
beforeAll(async () => {
  core = await createHttpCore()
  await core.services.db.pool.query(`update schools set origins = '{https://school.example}'`)
  web = await createPublicServer(core)
})
beforeEach(() => core.oneCard.setPeopleAway(false))
afterAll(async () => {
  await web.close()
  await core.close()
})

const newVerifier = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const newOpenid = () => `o-${++openids}-${randomBytes(6).toString('hex')}`

/** Somebody whom the one-card system knows, by a password. */
async function addStudent() {
  const person = await core.addPerson()
  await core.services.db.pool.query('update people set card_no_index = $2 where person_id = $1', [
    person.personId,
    await indexCardNo(core.services, SCHOOL, person.cardNo),
  ])
  core.oneCard.givePassword(person.cardNo, password)
  return person
}

/** The page asks, and sends the person off. */
async function start(to = returnTo, verifier = newVerifier()) {
  const body = { challenge: challengeOf(verifier), returnTo: to, bffOrigin }
  const { body: begun } = await core.call('startWechatSignIn', { body })
  const { origin, pathname, search } = new URL(begun.authoriseUrl)
  expect(origin).toBe(web.origin)
  return { path: pathname + search, verifier }
}

/** Off to WeChat; what it will send the person back with. */
async function travel(browser: Browser, path: string, referer = fromPage): Promise<string> {
  const { status, location } = await browser.get(path, { referer })
  expect(status).toBe(302)
  const url = new URL(location)
  expect(url.origin).toBe('https://wechat.example')
  expect(url.searchParams.get('redirect_uri')).toBe(`${web.origin}/wechat/sign-in`)
  return url.searchParams.get('state') ?? ''
}

const callback = (state: string, code?: string) =>
  `/wechat/sign-in?${new URLSearchParams({ ...(code && { code }), state })}`

async function arrive(browser: Browser, found: WechatSignIn, to?: string) {
  const begun = await start(to)
  const state = await travel(browser, begun.path)
  const page = await browser.get(callback(state, core.wechat.signIn(found)))
  return { ...begun, state, page }
}

/** The secret of the page that asks for number and password. */
function secretOf({ html }: { html: string }): string {
  const [, secret = ''] = /name="page" value="([\w-]{47})"/.exec(html) ?? []
  expect(secret).not.toBe('')
  return secret
}

const wordOf = (location: string) => new URL(location).hash.replace('#t=', '')
const redeem = (ticket: string, verifier: string) =>
  core.call('redeemTicket', { body: { ticket, verifier } })

async function bind(browser: Browser, openid: string, cardNo: string, word = password) {
  const { page, verifier } = await arrive(browser, { openid })
  const form = { page: secretOf(page), cardNo, password: word }
  return { answer: await browser.post('/wechat/sign-in/bind', form), form, verifier }
}

/** The sign-in that it leads to, as the core names it. */
async function bindingOf(bound: ReturnType<typeof bind>): Promise<string> {
  const { answer, verifier } = await bound
  return (await redeem(wordOf(answer.location), verifier)).body.binding
}

const check = (personId: string, binding: string, channel = 'wechat') =>
  core.call('checkSignIn', { params: { personId }, body: { channel, binding, scopes: ['card'] } })

describe('signing in by an official account (R2b)', () => {
  it('asks once for number and password, and after that for nothing', async () => {
    const { personId, cardNo } = await addStudent()
    const browser = web.openBrowser()
    const openid = newOpenid()
    const first = await bind(browser, openid, cardNo)
    expect(first.answer.status).toBe(303)
    expect(first.answer.location).toMatch(
      /^https:\/\/school\.example\/card\?tab=pay#t=1001[\w-]{43}$/,
    )
    const { body } = await redeem(wordOf(first.answer.location), first.verifier)
    const { binding } = body
    expect(body).toEqual({
      ...{ personId, channel: 'wechat', binding: expect.stringMatching(/^\d+$/) },
      origins: ['https://school.example'],
    })
    expect((await check(personId, binding)).body.personId).toBe(personId)

    const again = await arrive(browser, { openid })
    expect(again.page.status).toBe(302)
    const ticket = wordOf(again.page.location)
    expect((await redeem(ticket, again.verifier)).body.personId).toBe(personId)
    const devices = await core.call('getDevices', { params: { personId } })
    expect(devices.body.signIns).toMatchObject([{ channel: 'wechat', scopes: ['card'] }])
    expect((await core.call('getMyWechat', { params: { personId } })).body.signsIn).toBe(true)
  })

  it('says who is asked, what for, and what to do about a forgotten password (R3)', async () => {
    for (const [language, words] of [
      ['zh-CN', ['云谷大学', '学号 / 工号', '校园卡密码不能在网上重置', '卡务中心']],
      [
        'en-GB',
        ['Yungu University', 'Student or staff number', 'It cannot be reset online', '卡务中心'],
      ],
    ] as const) {
      const { page } = await arrive(web.openBrowser({ language }), { openid: newOpenid() })
      expect(page.status).toBe(200)
      for (const word of words) expect(page.html).toContain(word)
    }
  })

  it('lets nothing foreign near the page where the password is typed', async () => {
    const { page } = await arrive(web.openBrowser(), { openid: newOpenid() })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).toContain("form-action 'self' https://school.example;")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.headers['referrer-policy']).toBe('same-origin')
    expect(page.html).not.toContain('jweixin')
  })

  it('sends the person through the browser that comes back, with a cookie of this origin alone', async () => {
    const browser = web.openBrowser()
    const { path } = await start()
    const { cookies, headers } = await browser.get(path, { referer: fromPage })
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatch(
      /^__Host-ecode-journey=1001[0-9a-f]{64}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['cache-control']).toBe('no-store')
  })

  it('takes nobody to a page that is not the school’s or the BFF’s', async () => {
    const body = { challenge: challengeOf(newVerifier()), bffOrigin }
    for (const wrong of [
      'https://evil.example/',
      'https://school.example@evil.example/',
      'https://school.example.evil.example/',
      'http://school.example/',
    ]) {
      expect(await core.refused('startWechatSignIn', { body: { ...body, returnTo: wrong } })).toBe(
        'RETURN_ADDRESS_NOT_ALLOWED',
      )
    }
    for (const wrong of ['javascript:alert(1)', 'data:text/html,x', '//evil.example']) {
      expect(await core.refused('startWechatSignIn', { body: { ...body, returnTo: wrong } })).toBe(
        'BAD_REQUEST',
      )
    }
    const unknown = { params: { schoolId: '1002' }, body: { ...body, returnTo: bffOrigin } }
    expect(await core.refused('startWechatSignIn', unknown)).toBe('RETURN_ADDRESS_NOT_ALLOWED')
    const hosted = { body: { ...body, returnTo: `${bffOrigin}/h5/1001` } }
    expect((await core.call('startWechatSignIn', hosted)).status).toBe(201)
  })

  it('puts nothing into a header that was in an address', async () => {
    const { page } = await arrive(
      web.openBrowser(),
      { openid: newOpenid() },
      'https://school.example/card?x=%0d%0aset-cookie:%20a=b',
    )
    const form = { page: secretOf(page), cardNo: '1\r\nset-cookie: a=b', password: 'x\r\ny' }
    const answer = await web.openBrowser().post('/wechat/sign-in/bind', form)
    expect(answer.cookies).toEqual([])
    expect(answer.status).toBe(422)
    const said = { ...form, cardNo: '"><script>alert(1)</script>', password: 'x' }
    const { html } = await web.openBrowser().post('/wechat/sign-in/bind', said)
    expect(html).not.toContain('<script>alert')
  })

  it('WECHAT_SIGN_IN_NOT_OFFERED where there is no service account', async () => {
    const none = await createHttpCore((services) => ({
      ...services,
      ports: { ...services.ports, officialAccount: undefined, miniProgram: undefined },
    }))
    try {
      const body = { challenge: challengeOf(newVerifier()), returnTo, bffOrigin }
      expect(await none.refused('startWechatSignIn', { body })).toBe('WECHAT_SIGN_IN_NOT_OFFERED')
      expect(await none.refused('signInMiniProgram', { body: { code: 'x' } })).toBe(
        'WECHAT_SIGN_IN_NOT_OFFERED',
      )
      const { personId } = await none.addPerson()
      const page = { params: { personId }, body: { url: returnTo } }
      expect(await none.refused('signWechatPage', page)).toBe('WECHAT_SIGN_IN_NOT_OFFERED')
    } finally {
      await none.close()
    }
  })

  it('RATE_LIMITED where a school’s pages ask too often at once', async () => {
    const handlers = createSignInHandlers(2)
    const ask = () =>
      handlers.redeemTicket({
        params: { schoolId: SCHOOL },
        body: { ticket: `${SCHOOL}${newVerifier()}`, verifier: newVerifier() },
        services: core.services,
      } as never)
    const answers = [await ask(), await ask(), await ask()]
    expect(answers.map((answer) => 'refused' in answer && answer.refused)).toEqual([
      'TICKET_INVALID',
      'TICKET_INVALID',
      'RATE_LIMITED',
    ])
  })
})

describe('the journey to WeChat', () => {
  it('begins again where WeChat’s code was used, and gives up after the third', async () => {
    const browser = web.openBrowser()
    const { path, verifier } = await start()
    const state = await travel(browser, path)
    const used = core.wechat.signIn({ failed: 'used' })
    const second = await browser.get(callback(state, used))
    const next = new URL(second.location).searchParams.get('state') ?? ''
    expect(next).not.toBe(state)
    const { personId, cardNo } = await addStudent()
    const openid = newOpenid()
    const page = await browser.get(callback(next, core.wechat.signIn({ openid })))
    const form = { page: secretOf(page), cardNo, password }
    const { location } = await browser.post('/wechat/sign-in/bind', form)
    expect((await redeem(wordOf(location), verifier)).body.personId).toBe(personId)

    const other = await arrive(browser, { failed: 'invalid' })
    const third = await browser.get(
      callback(
        new URL(other.page.location).searchParams.get('state') ?? '',
        core.wechat.signIn({ failed: 'used' }),
      ),
    )
    const last = await browser.get(
      callback(
        new URL(third.location).searchParams.get('state') ?? '',
        core.wechat.signIn({ failed: 'used' }),
      ),
    )
    expect(last.location).toBe('https://school.example/card?tab=pay#t=again')
  })

  it('exchanges a code once, however often the browser comes with it', async () => {
    const browser = web.openBrowser()
    const { path } = await start()
    const state = await travel(browser, path)
    const code = core.wechat.signIn({ openid: newOpenid() })
    const before = core.wechat.calls.filter((call) => call === 'findOpenid').length
    const pages = await Promise.all([1, 2, 3].map(() => browser.get(callback(state, code))))
    expect(core.wechat.calls.filter((call) => call === 'findOpenid').length).toBe(before + 1)
    expect(new Set(pages.map(secretOf)).size).toBe(1)
    // Later, when that answer is lost: WeChat is asked anew, which the person does not see.
    const late = await browser.get(callback(state, code))
    expect(new URL(late.location).origin).toBe('https://wechat.example')
  })

  it('binds nobody to the WeChat of who handed them the address', async () => {
    const attacker = web.openBrowser()
    const { path } = await start()
    const state = await travel(attacker, path)
    const code = core.wechat.signIn({ openid: newOpenid() })
    // The attacker does not go there, but has somebody else do so.
    const victim = web.openBrowser()
    const asked = core.wechat.calls.length
    const answer = await victim.get(callback(state, code))
    expect(core.wechat.calls.length).toBe(asked)
    // To the page, which begins an own journey for this browser.
    expect(answer.location).toBe('https://school.example/card?tab=pay#t=again')
    expect(victim.cookie()).toBe('')
  })

  it('is begun on the page alone: else its ticket went wherever that page’s query leads on to', async () => {
    // Whoever asks may have a page of the school that sends people on, to an address of theirs, with the fragment.
    const to = 'https://school.example/go?to=https://evil.example'
    const { path } = await start(to)
    const victim = web.openBrowser()
    for (const headers of [
      {},
      { referer: 'https://evil.example/' },
      { referer: 'https://school.example.evil.example/' },
      { referer: 'nonsense' },
      { referer: 'null' },
    ]) {
      const { status, location } = await victim.get(path, headers)
      expect([status, location]).toEqual([302, `${to}#t=again`])
    }
    expect(victim.cookie()).toBe('')
    // Nor does it help to begin it oneself, and to hand over the way to WeChat.
    const state = await travel(web.openBrowser(), path)
    const { location } = await victim.get(callback(state, core.wechat.signIn({ openid: 'o-v' })))
    expect(location).toBe(`${to}#t=again`)
  })

  it('gives the ticket of a journey to the page that began it alone', async () => {
    const { cardNo } = await addStudent()
    const { answer, verifier } = await bind(web.openBrowser(), newOpenid(), cardNo)
    const ticket = wordOf(answer.location)
    expect(await core.refused('redeemTicket', { body: { ticket, verifier: newVerifier() } })).toBe(
      'TICKET_INVALID',
    )
    expect(await core.refused('redeemTicket', { body: { ticket, verifier } })).toBe(
      'TICKET_INVALID',
    )
  })

  it('tells the page that the person would not, or that WeChat does not answer', async () => {
    const browser = web.openBrowser()
    const { path } = await start()
    const state = await travel(browser, path)
    expect(wordOf((await browser.get(callback(state))).location)).toBe('cancelled')
    const away = await arrive(browser, { failed: 'unavailable' })
    expect(wordOf(away.page.location)).toBe('unavailable')
  })

  it('signs nobody in whom WeChat shows a preview, and says what to do', async () => {
    const browser = web.openBrowser()
    const { page, verifier } = await arrive(browser, { failed: 'snapshot' })
    expect(page.status).toBe(200)
    expect(page.html).toContain('使用完整服务')
    const [, link = ''] =
      /referrerpolicy="origin" href="(\/wechat\/sign-in\/start\?s=[\w-]+)"/.exec(page.html) ?? []
    const { cardNo, personId } = await addStudent()
    const state = await travel(browser, link, `${web.origin}/`)
    const asked = await browser.get(callback(state, core.wechat.signIn({ openid: newOpenid() })))
    const form = { page: secretOf(asked), cardNo, password }
    const { location } = await browser.post('/wechat/sign-in/bind', form)
    expect((await redeem(wordOf(location), verifier)).body.personId).toBe(personId)
  })

  it('leads nowhere from addresses that are made up, too old or for another host', async () => {
    const browser = web.openBrowser()
    const { path } = await start()
    const state = await travel(browser, path)
    const made = [
      '/wechat/sign-in',
      '/wechat/sign-in/start',
      `/wechat/sign-in/start?s=${SCHOOL}${newVerifier()}`,
      callback(`${SCHOOL}${'0'.repeat(64)}`, 'code'),
      callback('nonsense', 'code'),
    ]
    for (const one of made) expect((await browser.get(one)).status).toBe(410)
    const elsewhere = { host: 'evil.example' }
    expect((await browser.get(callback(state, 'c'), elsewhere)).status).toBe(410)
    await core.services.db.pool.query('update channel_sign_ins set expires_at = now()')
    for (const late of [path, callback(state, 'code')]) {
      expect((await browser.get(late)).status).toBe(410)
    }
  })
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

describe('signing in by a mini-program (R2b)', () => {
  const signIn = (code: string) => core.call('signInMiniProgram', { body: { code } })

  it('asks for number and password in a web-view once, and leads back', async () => {
    const { personId, cardNo } = await addStudent()
    const openid = newOpenid()
    const unbound = await signIn(core.wechat.logIn({ openid }))
    expect(unbound.body).toMatchObject({ result: 'unbound' })
    const url = new URL(unbound.body.bindUrl)
    expect(url.origin + url.pathname).toBe('https://keypad.example/wechat/bind')
    const view = web.openWebView()
    const opening = await view.get(url.pathname)
    expect(opening.html).toContain('data-step="open"')
    const secret = url.hash.replace('#p=', '')
    expect(opening.html).not.toContain(secret)
    const page = await view.post('/wechat/bind', { page: secret })
    expect(String(page.headers['content-security-policy'])).toContain("form-action 'self';")
    const form = { page: secretOf(page), cardNo, password }
    const wrong = await view.post('/wechat/sign-in/bind', { ...form, password: 'wrong' })
    expect(wrong.status).toBe(422)
    const done = await view.post('/wechat/sign-in/bind', form)
    expect(done.status).toBe(200)
    expect(done.html).toContain('data-step="done"')
    expect(done.html).toContain('<script src="https://wechat.example/jweixin.js" defer>')
    expect(String(done.headers['content-security-policy'])).toContain(
      "script-src 'self' https://wechat.example/jweixin.js;",
    )
    const { body } = await signIn(core.wechat.logIn({ openid }))
    const { binding } = body
    expect(body).toEqual({
      ...{ result: 'signed_in', personId, binding: expect.stringMatching(/^\d+$/) },
      origins: ['https://school.example'],
    })
    expect((await check(personId, binding, 'mini_program')).status).toBe(200)
    for (const [other, channel] of [
      ['', 'mini_program'],
      [binding, 'wechat'],
      [binding, 'school'],
    ] as const) {
      expect((await check(personId, other, channel)).body.code).toBe('SIGN_IN_ENDED')
    }
  })

  it('binds nobody outside the mini-program: the address may be a stranger’s', async () => {
    const { cardNo } = await addStudent()
    const { body } = await signIn(core.wechat.logIn({ openid: newOpenid() }))
    const page = new URL(body.bindUrl).hash.replace('#p=', '')
    const elsewhere = web.openBrowser()
    const opened = await elsewhere.post('/wechat/bind', { page })
    expect(opened.status).toBe(403)
    expect(opened.html).toContain('请在小程序里打开')
    const form = { page, cardNo, password }
    const before = core.oneCard.passwordChecks.length
    expect((await elsewhere.post('/wechat/sign-in/bind', form)).status).toBe(403)
    expect(core.oneCard.passwordChecks.length).toBe(before)
    const view = web.openWebView()
    const stranger = { origin: 'https://evil.example' }
    expect((await view.post('/wechat/bind', { page }, stranger)).status).toBe(410)
  })

  it('binds nobody whom a page in the web-view has led there: it may be a stranger’s link', async () => {
    const view = web.openWebView()
    for (const site of ['cross-site', 'same-site']) {
      const { status, html } = await view.get('/wechat/bind', { 'sec-fetch-site': site })
      expect(status).toBe(403)
      expect(html).not.toContain('name="page"')
    }
    expect((await view.get('/wechat/bind', { 'sec-fetch-site': 'none' })).status).toBe(200)
  })

  it('opens no page of an official account there, nor one that is done', async () => {
    const { page } = await arrive(web.openBrowser(), { openid: newOpenid() })
    expect((await web.openWebView().post('/wechat/bind', { page: secretOf(page) })).status).toBe(
      410,
    )
    expect((await web.openWebView().post('/wechat/bind', { page: 'nonsense' })).status).toBe(410)
  })

  it.each([
    ['invalid', 'WECHAT_CODE_INVALID'],
    ['used', 'WECHAT_CODE_INVALID'],
    ['too_often', 'RATE_LIMITED'],
    ['risky', 'WECHAT_SIGN_IN_UNAVAILABLE'],
    ['unavailable', 'WECHAT_SIGN_IN_UNAVAILABLE'],
  ] as const)('refuses a code that WeChat calls %s: %s', async (failed, code) => {
    expect((await signIn(core.wechat.logIn({ failed }))).body.code).toBe(code)
  })

  it('has its own openids: those of the official account are others', async () => {
    const { cardNo } = await addStudent()
    const openid = newOpenid()
    await bind(web.openBrowser(), openid, cardNo)
    expect((await signIn(core.wechat.logIn({ openid }))).body.result).toBe('unbound')
  })

  it('is nothing for a school that does not exist', async () => {
    const code = core.wechat.logIn({ openid: newOpenid() })
    const elsewhere = { params: { schoolId: '1002' }, body: { code } }
    expect(await core.refused('signInMiniProgram', elsewhere)).toBe('WECHAT_SIGN_IN_NOT_OFFERED')
  })
})

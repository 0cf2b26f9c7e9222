import { beforeAll, describe, expect, it } from 'vitest'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createSignInHandlers } from './handlers.ts'
import type { PublicServer } from './testing/public-server.ts'
import {
  bffOrigin,
  callback,
  challengeOf,
  fromPage,
  newOpenid,
  newVerifier,
  password,
  returnTo,
  secretOf,
  useSignIns,
  wordOf,
} from './testing/use-sign-ins.ts'

const signIns = useSignIns()
const { addStudent, start, travel, arrive, bind, redeem, check } = signIns
let core: HttpCore
let web: PublicServer
beforeAll(() => {
  core = signIns.core
  web = signIns.web
})

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

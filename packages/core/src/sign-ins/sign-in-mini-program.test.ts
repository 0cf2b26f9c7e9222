import { beforeAll, describe, expect, it } from 'vitest'
import type { HttpCore } from '../testing/http-core.ts'
import type { PublicServer } from './testing/public-server.ts'
import { newOpenid, password, secretOf, useSignIns } from './testing/use-sign-ins.ts'

const signIns = useSignIns()
const { addStudent, arrive, bind, check } = signIns
let core: HttpCore
let web: PublicServer
beforeAll(() => {
  core = signIns.core
  web = signIns.web
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
      scopes: expect.arrayContaining(['pay']),
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

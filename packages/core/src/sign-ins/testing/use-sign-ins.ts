import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { indexCardNo } from '../../people/open-person.ts'
import type { WechatSignIn } from '../../ports/wechat-app/wechat-app.ts'
import { SCHOOL } from '../../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../../testing/http-core.ts'
import { type Browser, createPublicServer, type PublicServer } from './public-server.ts'

export const returnTo = 'https://school.example/card?tab=pay#old'
export const bffOrigin = 'https://bff.example'
/** What a browser says on the way from there. */
export const fromPage = 'https://school.example/'
/** Of everybody's campus card. */
export const password = '417290'

let openids = 0
export const newOpenid = () => `o-${++openids}-${randomBytes(6).toString('hex')}`
export const newVerifier = () => randomBytes(32).toString('base64url')
export const challengeOf = (verifier: string) =>
  createHash('sha256').update(verifier).digest('base64url')

export const callback = (state: string, code?: string) =>
  `/wechat/sign-in?${new URLSearchParams({ ...(code && { code }), state })}`

/** The secret of the page that asks for number and password. */
export function secretOf({ html }: { html: string }): string {
  const [, secret = ''] = /name="page" value="([\w-]{47})"/.exec(html) ?? []
  expect(secret).not.toBe('')
  return secret
}

export const wordOf = (location: string) => new URL(location).hash.replace('#t=', '')

/** A core with a school and its public origin for the tests of a file, and what people do there again and again. */
export function useSignIns() {
  let core: HttpCore
  let web: PublicServer
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

  async function arrive(browser: Browser, found: WechatSignIn, to?: string) {
    const begun = await start(to)
    const state = await travel(browser, begun.path)
    const page = await browser.get(callback(state, core.wechat.signIn(found)))
    return { ...begun, state, page }
  }

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

  return {
    /** Once tests run. */
    get core() {
      return core
    },
    get web() {
      return web
    },
    ...{ addStudent, start, travel, arrive, bind, bindingOf, redeem, check },
  }
}

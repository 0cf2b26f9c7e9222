import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeCard } from '../cards/close-card.ts'
import { inTransaction } from '../db/database.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { describeMe } from '../my-data/describe-me.ts'
import type { WechatSignIn } from '../ports/wechat-app/wechat-app.ts'
import {
  type Browser,
  createPublicServer,
  type PublicServer,
} from '../sign-ins/testing/public-server.ts'
import { callback, fromPage } from '../sign-ins/testing/use-sign-ins.ts'
import { approve } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

const returnTo = 'https://school.example/card?tab=wallet#pay'
let core: HttpCore
let web: PublicServer
beforeAll(async () => {
  core = await createHttpCore()
  await core.services.db.pool.query(`update schools set origins = '{https://school.example}'`)
  web = await createPublicServer(core)
})
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  await web.close()
  await core.close()
})

const start = (personId: string, to = returnTo) =>
  core.call('startWechatBinding', { params: { personId }, body: { returnTo: to } })
const read = async (personId: string) =>
  (await core.call('getMyWechat', { params: { personId } })).body

/** Where the page sends its person: an address of ours. */
async function begin(personId: string, to = returnTo): Promise<string> {
  const { body } = await start(personId, to)
  const { origin, pathname, search } = new URL(body.authoriseUrl)
  expect(origin).toBe(web.origin)
  return pathname + search
}

/** What WeChat was given to send this browser back with. */
function stateOf({ status, location }: { status: number; location: string }): string {
  expect(status).toBe(302)
  const url = new URL(location)
  expect(url.origin).toBe('https://wechat.example')
  expect(url.searchParams.get('redirect_uri')).toBe(`${web.origin}/wechat/sign-in`)
  return url.searchParams.get('state') ?? ''
}
/** Off to WeChat, from the page. */
const travel = async (browser: Browser, path: string, referer = fromPage) =>
  stateOf(await browser.get(path, { referer }))

/** The whole way, in a browser of their own. */
async function goThere(personId: string, found: WechatSignIn, to = returnTo) {
  const browser = web.openBrowser()
  const state = await travel(browser, await begin(personId, to))
  return { browser, state, ...(await browser.get(callback(state, core.wechat.signIn(found)))) }
}
const back = (result: string) => `https://school.example/card?tab=wallet#pay?wechat=${result}`
const confirm = async (personId: string, token: string) =>
  (await core.call('confirmWechatBinding', { params: { personId }, body: { token } })).body.result

/** What the page finds in its fragment. */
function tokenOf(location: string): string {
  const [, token = ''] = /#pay\?wechat=([\w-]{43})$/.exec(location) ?? []
  expect(location).toBe(back(token))
  expect(token).not.toBe('')
  return token
}
const earnToken = async (personId: string, openid: string) =>
  tokenOf((await goThere(personId, { openid })).location)

const bind = async (personId: string, openid: string): Promise<string> =>
  confirm(personId, await earnToken(personId, openid))

const expire = (personId: string) =>
  core.services.db.pool.query(
    'update channel_sign_ins set expires_at = now() where person_id = $1',
    [personId],
  )

describe('WeChat authentication (R27)', () => {
  it('binds the WeChat that the person signed in with, and takes them back', async () => {
    const { personId } = await core.addPerson()
    expect(await read(personId)).toEqual({
      offered: true,
      bound: false,
      boundAt: null,
      ready: true,
      signsIn: false,
    })
    expect((await start(personId)).status).toBe(201)
    const { status, location, headers } = await goThere(personId, { openid: 'o-first' })
    expect(status).toBe(302)
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(await read(personId)).toMatchObject({ bound: false })
    expect(await confirm(personId, tokenOf(location))).toBe('bound')
    expect(await read(personId)).toMatchObject({ bound: true })
    const about = await describeMe(core.services, { schoolId: SCHOOL, personId })
    expect(about?.wechatBoundAt).toBe((await read(personId)).boundAt)
    await core.settleEvents()
    const { rows } = await core.services.db.pool.query(
      `select detail from events where person_id = $1`,
      [personId],
    )
    expect(rows.at(-1).detail).toEqual({ type: 'wallet', change: 'wechat' })
    const paid = await core.call('pay', {
      body: { orderNo: 'w-1', amountFen: 100, code: core.wechat.showCode('o-first') },
    })
    expect(paid.body.channel).toBe('wechat')
    await core.call('endWechatBinding', { params: { personId } })
    const { notices } = (await core.call('getNotices', { params: { personId } })).body
    expect(notices.map(({ about }: { about: unknown }) => about)).toEqual([
      { kind: 'wechat', use: 'pay', change: 'unbound' },
      { kind: 'wechat', use: 'pay', change: 'bound' },
    ])
  })

  it('earns no token in a browser that was handed the address, nor on the way back with another’s state', async () => {
    const attacker = await core.addPerson()
    // On the school's site, and leading on from there to the attacker, with query and fragment.
    const to = 'https://school.example/go?to=https://evil.example'
    const path = await begin(attacker.personId, to)
    const victim = web.openBrowser()
    const again = `${to}#wechat=again`
    for (const headers of [
      {},
      { referer: 'https://evil.example/' },
      { referer: 'https://school.example.evil.example/' },
      { referer: 'nonsense' },
    ]) {
      const { status, location } = await victim.get(path, headers)
      expect([status, location]).toEqual([302, again])
    }
    expect(victim.cookie()).toBe('')
    // The attacker goes as far as WeChat, and has somebody else go on from there.
    const state = await travel(web.openBrowser(), path)
    const asked = core.wechat.calls.length
    const code = core.wechat.signIn({ openid: 'o-handed' })
    expect((await victim.get(callback(state, code))).location).toBe(again)
    expect(core.wechat.calls.length).toBe(asked)
    expect((await read(attacker.personId)).bound).toBe(false)
  })

  it('takes a token in the session that began its journey, and in no other', async () => {
    const [attacker, victim] = [await core.addPerson(), await core.addPerson()]
    const token = await earnToken(attacker.personId, 'o-victim')
    expect(await confirm(victim.personId, token)).toBe('again')
    expect(await confirm(attacker.personId, 'x'.repeat(43))).toBe('again')
    for (const { personId } of [attacker, victim]) {
      expect((await read(personId)).bound).toBe(false)
    }
  })

  it('takes a token once, and for two minutes', async () => {
    const { personId } = await core.addPerson()
    const token = await earnToken(personId, 'o-token')
    expect(await confirm(personId, token)).toBe('bound')
    expect(await confirm(personId, token)).toBe('again')
    const late = await earnToken(personId, 'o-token-late')
    const pass = (seconds: number) =>
      core.services.db.pool.query(
        `update channel_sign_ins set expires_at = expires_at - make_interval(secs => $2)
          where person_id = $1`,
        [personId, seconds],
      )
    await pass(120)
    expect(await confirm(personId, late)).toBe('again')
    const inTime = await earnToken(personId, 'o-token-late')
    await pass(110)
    expect(await confirm(personId, inTime)).toBe('bound')
  })

  it('keeps neither the openid nor state or token readable', async () => {
    const { personId } = await core.addPerson()
    const browser = web.openBrowser()
    const path = await begin(personId)
    const state = await travel(browser, path)
    const code = core.wechat.signIn({ openid: 'o-secret' })
    const token = tokenOf((await browser.get(callback(state, code))).location)
    await confirm(personId, token)
    const secret = path.slice(-43)
    for (const table of ['wechat_bindings', 'channel_sign_ins']) {
      const { rows } = await core.services.db.pool.query(
        `select t::text as row from ${table} t where person_id = $1`,
        [personId],
      )
      expect(rows).toHaveLength(1)
      expect(rows.map(({ row }) => row).join()).not.toMatch(/o-secret|school\.example/)
      for (const one of [secret, state, token]) {
        expect(rows.map(({ row }) => row).join()).not.toContain(one)
      }
    }
    for (const one of ['o-secret', secret, state, token]) {
      expect(core.logged.join()).not.toContain(one)
    }
  })

  it('leads nobody anywhere by a state that was confirmed, made up or is too old', async () => {
    const { personId } = await core.addPerson()
    const done = await goThere(personId, { openid: 'o-once' })
    expect(done.state).toMatch(/^[0-9a-zA-Z]{1,128}$/)
    expect(await confirm(personId, tokenOf(done.location))).toBe('bound')
    for (const wrong of [done.state, `${SCHOOL}${'0'.repeat(64)}`, 'nonsense', '']) {
      const code = core.wechat.signIn({ openid: 'o-x' })
      expect((await done.browser.get(callback(wrong, code))).status).toBe(410)
    }
    const browser = web.openBrowser()
    const path = await begin(personId)
    const state = await travel(browser, path)
    await expire(personId)
    const code = core.wechat.signIn({ openid: 'o-late' })
    for (const late of [path, callback(state, code)]) {
      expect((await browser.get(late)).status).toBe(410)
    }
  })

  it('exchanges a code once, however often the browser comes with it, and earns one token', async () => {
    const { personId } = await core.addPerson()
    const browser = web.openBrowser()
    const state = await travel(browser, await begin(personId))
    const code = core.wechat.signIn({ openid: 'o-twice' })
    const before = core.wechat.calls.filter((call) => call === 'findOpenid').length
    // WeChat takes its time, so that all of them are here before it has answered.
    const { account } = core.wechat
    const slow = async (given: string) => {
      await sleep(1_000)
      return account.findOpenid(given)
    }
    core.services.ports.officialAccount = { ...account, findOpenid: slow }
    const pages = await Promise.all([1, 2, 3].map(() => browser.get(callback(state, code))))
    core.services.ports.officialAccount = account
    expect(core.wechat.calls.filter((call) => call === 'findOpenid').length).toBe(before + 1)
    const [token = '', ...others] = new Set(pages.map(({ location }) => tokenOf(location)))
    expect(others).toEqual([])
    // Later, when that answer was lost, WeChat is asked anew, and the first token is no more.
    const next = stateOf(await browser.get(callback(state, code)))
    const newer = core.wechat.signIn({ openid: 'o-twice' })
    const { location } = await browser.get(callback(next, newer))
    expect(await confirm(personId, token)).toBe('again')
    expect(await confirm(personId, tokenOf(location))).toBe('bound')
  })

  it.each(['invalid', 'used'] as const)(
    'begins anew by itself when WeChat says %s, three times at most',
    async (failed) => {
      const { personId } = await core.addPerson()
      const first = await goThere(personId, { failed })
      const second = await first.browser.get(
        callback(stateOf(first), core.wechat.signIn({ failed })),
      )
      const third = await first.browser.get(
        callback(stateOf(second), core.wechat.signIn({ failed })),
      )
      expect(third.location).toBe(back('again'))
      const once = await goThere(personId, { failed })
      const code = core.wechat.signIn({ openid: `o-${failed}` })
      const { location } = await once.browser.get(callback(stateOf(once), code))
      expect(await confirm(personId, tokenOf(location))).toBe('bound')
    },
  )

  it('takes nobody whom WeChat shows a preview, and says what to do', async () => {
    const { personId } = await core.addPerson()
    const { browser, status, html } = await goThere(personId, { failed: 'snapshot' })
    expect(status).toBe(200)
    expect(html).toContain('使用完整服务')
    const [, link = ''] = /href="(\/wechat\/sign-in\/start\?s=[\w-]+)"/.exec(html) ?? []
    const state = await travel(browser, link, `${web.origin}/`)
    const code = core.wechat.signIn({ openid: 'o-whole' })
    const { location } = await browser.get(callback(state, code))
    expect(await confirm(personId, tokenOf(location))).toBe('bound')
  })

  it('tells the page that WeChat does not answer, or that the person would not', async () => {
    const { personId } = await core.addPerson()
    const away = await goThere(personId, { failed: 'unavailable' })
    expect(away.location).toBe(back('unavailable'))
    const browser = web.openBrowser()
    const state = await travel(browser, await begin(personId))
    expect((await browser.get(callback(state))).location).toBe(back('cancelled'))
    expect((await read(personId)).bound).toBe(false)
  })

  it('ends in “again” in a browser that keeps no cookie', async () => {
    const { personId } = await core.addPerson()
    const browser = web.openBrowser()
    const state = await travel(browser, await begin(personId))
    browser.forget()
    const code = core.wechat.signIn({ openid: 'o-forgetful' })
    expect((await browser.get(callback(state, code))).location).toBe(back('again'))
  })

  it.each([
    ['https://school.example/card', '#wechat='],
    ['https://school.example/app?x=1#/card', '#/card?wechat='],
    ['https://school.example/app#/card?from=home', '#/card?from=home&wechat='],
    ['https://school.example/app#tab=pay', '#tab=pay&wechat='],
  ])('leaves the fragment of %s to the page’s own router', async (to, hash) => {
    const { personId } = await core.addPerson()
    const { location } = await goThere(personId, { openid: `o-${personId}` }, to)
    expect(location.replace(/[\w-]{43}$/, '')).toBe(to.replace(/#.*/, '') + hash)
  })

  it('binds a WeChat to one person and a person to one WeChat', async () => {
    const [first, second] = [await core.addPerson(), await core.addPerson()]
    await bind(first.personId, 'o-shared')
    expect(await bind(first.personId, 'o-shared')).toBe('bound')
    expect(await bind(second.personId, 'o-shared')).toBe('taken')
    expect((await read(second.personId)).bound).toBe(false)
    // Somebody with another WeChat signs in with that: it takes the place of the one before.
    expect(await bind(first.personId, 'o-new')).toBe('bound')
    expect(await bind(second.personId, 'o-shared')).toBe('bound')
    const { rowCount } = await core.services.db.pool.query(
      'select from wechat_bindings where person_id = $1',
      [first.personId],
    )
    expect(rowCount).toBe(1)
  })

  it('binds it to one of two who come with it at the same moment', async () => {
    const people = await Promise.all([core.addPerson(), core.addPerson()])
    const tokens: string[] = []
    for (const { personId } of people) tokens.push(await earnToken(personId, 'o-race'))
    const results = await Promise.all(
      people.map(({ personId }, at) => confirm(personId, tokens[at] ?? '')),
    )
    expect(results.sort()).toEqual(['bound', 'taken'])
  })

  it('needs an open wallet and an active card, at the start and at the end', async () => {
    const refused = async (options: Parameters<HttpCore['addPerson']>[0]) =>
      (await start((await core.addPerson(options)).personId)).body.code
    expect(await refused({ wallet: 'not_open', walletFen: 0 })).toBe('ACCOUNT_NOT_OPEN')
    expect(await refused({ cardStatus: 'locked' })).toBe('CARD_LOCKED')
    expect(await refused({ cardStatus: 'closed' })).toBe('CARD_CLOSED')
    expect(await refused({ cardStatus: 'unclaimed' })).toBe('CARD_NOT_CLAIMED')
    const { personId } = await core.addPerson()
    const token = await earnToken(personId, 'o-locked')
    await core.services.db.pool.query(
      `update payers set card_status = 'locked' where person_id = $1`,
      [personId],
    )
    expect(await confirm(personId, token)).toBe('not_ready')
  })

  it('takes nobody to an address that is not the school’s', async () => {
    const { personId } = await core.addPerson()
    for (const wrong of ['https://evil.example/', 'https://mallory@school.example/']) {
      expect((await start(personId, wrong)).body.code).toBe('RETURN_ADDRESS_NOT_ALLOWED')
    }
  })

  it('is begun thirty times in ten minutes and not more', async () => {
    const { personId } = await core.addPerson()
    for (let i = 0; i < 30; i++) expect((await start(personId)).status).toBe(201)
    expect((await start(personId)).body.code).toBe('RATE_LIMITED')
  })

  it('is not offered where no WeChat is set up', async () => {
    const { personId } = await core.addPerson()
    const { ports } = core.services
    const { wechat } = ports
    ports.wechat = undefined
    expect((await start(personId)).body.code).toBe('WECHAT_NOT_OFFERED')
    expect(await read(personId)).toMatchObject({ offered: false })
    ports.wechat = wechat
  })
})

describe('a WeChat binding ends', () => {
  async function bound(options: Parameters<HttpCore['addPerson']>[0] = {}) {
    const { personId } = await core.addPerson(options)
    await bind(personId, `o-${personId}`)
    expect((await read(personId)).bound).toBe(true)
    return personId
  }
  const pay = (personId: string) =>
    core.call('pay', {
      body: {
        orderNo: `end-${personId}`,
        amountFen: 100,
        code: core.wechat.showCode(`o-${personId}`),
      },
    })

  it('when the person ends it, however often', async () => {
    const personId = await bound()
    for (const _ of [1, 2]) {
      const { status } = await core.call('endWechatBinding', { params: { personId } })
      expect(status).toBe(200)
    }
    expect((await read(personId)).bound).toBe(false)
    expect((await pay(personId)).body.code).toBe('WECHAT_NOT_BOUND')
  })

  it('with the wallet', async () => {
    const personId = await bound({ walletFen: 0 })
    const approvalId = await approve(core, personId, { kind: 'close_wallet' })
    await core.call('closeWallet', { params: { personId }, body: { approvalId } })
    expect(await read(personId)).toMatchObject({ bound: false, ready: false })
    expect((await pay(personId)).body.code).toBe('WECHAT_NOT_BOUND')
  })

  it('when the person leaves the school (R42)', async () => {
    const personId = await bound()
    const owner = { schoolId: SCHOOL, personId }
    await inTransaction(core.services.db.pool, (tx) =>
      closeCard(tx, core.services, owner, 'active'),
    )
    expect((await read(personId)).bound).toBe(false)
    expect((await pay(personId)).body.code).toBe('WECHAT_NOT_BOUND')
  })
})

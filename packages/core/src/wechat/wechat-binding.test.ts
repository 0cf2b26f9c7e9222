import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeCard } from '../cards/close-card.ts'
import { inTransaction } from '../db/database.ts'
import { createKeypadApp } from '../keypad/keypad-app.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { describeMe } from '../my-data/describe-me.ts'
import { approve } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

const returnTo = 'https://school.example/card?tab=wallet#pay'
let core: HttpCore
let server: Server
let publicUrl: string
beforeAll(async () => {
  core = await createHttpCore()
  await core.services.db.pool.query(`update schools set origins = '{https://school.example}'`)
  const asset = { path: '/none', type: 'text/plain', body: Buffer.from('') }
  const app = createKeypadApp(
    core.services,
    { origin: 'https://keypad.example', proxyCount: 0 },
    { script: asset, style: { ...asset, path: '/none-either' } },
  )
  server = createServer(getRequestListener((request, env) => app.fetch(request, env as never)))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await core.close()
})

const start = (personId: string, to = returnTo) =>
  core.call('startWechatBinding', { params: { personId }, body: { returnTo: to } })
const read = async (personId: string) =>
  (await core.call('getMyWechat', { params: { personId } })).body

/** What WeChat was given to send the person back with. */
function stateOf({ body }: { body: { authoriseUrl: string } }): string {
  return new URL(body.authoriseUrl).searchParams.get('state') ?? ''
}

/** The person comes back from WeChat. */
async function comeBack(state: string, code?: string) {
  const query = new URLSearchParams({ state, ...(code && { code }) })
  const url = `${publicUrl}/wechat/callback?${query}`
  const answer = await fetch(url, { redirect: 'manual' })
  return { status: answer.status, location: answer.headers.get('location'), answer }
}
const back = (result: string) => `https://school.example/card?tab=wallet&wechat=${result}#pay`
const confirm = async (personId: string, token: string) =>
  (await core.call('confirmWechatBinding', { params: { personId }, body: { token } })).body.result

/** What the page finds in its address. */
function tokenOf(location: string | null): string {
  const token = new URL(location ?? '').searchParams.get('wechat') ?? ''
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(location).toBe(back(token))
  return token
}

async function bind(personId: string, openid: string): Promise<string> {
  const state = stateOf(await start(personId))
  const { location } = await comeBack(state, core.wechat.signIn({ openid }))
  return confirm(personId, tokenOf(location))
}

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
    const started = await start(personId)
    expect(started.status).toBe(201)
    const { status, location, answer } = await comeBack(
      stateOf(started),
      core.wechat.signIn({ openid: 'o-first' }),
    )
    expect(status).toBe(302)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
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

  it('binds nobody who was handed the address of WeChat’s page by somebody else', async () => {
    const [attacker, victim] = [await core.addPerson(), await core.addPerson()]
    const state = stateOf(await start(attacker.personId))
    const { location } = await comeBack(state, core.wechat.signIn({ openid: 'o-victim' }))
    // The victim's page finds the token, in the victim's session; the attacker's has only the state.
    expect(await confirm(victim.personId, tokenOf(location))).toBe('again')
    for (const made of [state.slice(4, 47), 'x'.repeat(43)]) {
      expect(await confirm(attacker.personId, made)).toBe('again')
    }
    for (const { personId } of [attacker, victim]) {
      expect((await read(personId)).bound).toBe(false)
    }
  })

  it('takes a token once, and for as long as the state was good', async () => {
    const { personId } = await core.addPerson()
    const signIn = async (openid: string) => {
      const state = stateOf(await start(personId))
      return tokenOf((await comeBack(state, core.wechat.signIn({ openid }))).location)
    }
    const token = await signIn('o-token')
    expect(await confirm(personId, token)).toBe('bound')
    expect(await confirm(personId, token)).toBe('again')
    const late = await signIn('o-token-late')
    await core.services.db.pool.query(
      `update wechat_sign_ins set expires_at = now() where person_id = $1`,
      [personId],
    )
    expect(await confirm(personId, late)).toBe('again')
  })

  it('keeps neither the openid nor state or token readable', async () => {
    const { personId } = await core.addPerson()
    const state = stateOf(await start(personId))
    const { location } = await comeBack(state, core.wechat.signIn({ openid: 'o-secret' }))
    const token = tokenOf(location)
    await confirm(personId, token)
    for (const table of ['wechat_bindings', 'wechat_sign_ins']) {
      const { rows } = await core.services.db.pool.query(`select t::text as row from ${table} t`)
      expect(rows.map(({ row }) => row).join()).not.toMatch(/o-secret|school\.example/)
      for (const secret of [state, token]) {
        expect(rows.map(({ row }) => row).join()).not.toContain(secret)
      }
    }
    for (const secret of ['o-secret', state, token]) {
      expect(core.logged.join()).not.toContain(secret)
    }
  })

  it('uses a state once, and a made-up one never', async () => {
    const { personId } = await core.addPerson()
    const state = stateOf(await start(personId))
    expect(state).toMatch(/^[0-9a-zA-Z]{1,128}$/)
    await comeBack(state, core.wechat.signIn({ openid: 'o-once' }))
    for (const wrong of [state, `${SCHOOL}${'0'.repeat(64)}`, 'nonsense', '']) {
      expect((await comeBack(wrong, core.wechat.signIn({ openid: 'o-x' }))).status).toBe(410)
    }
  })

  it('takes a state for ten minutes', async () => {
    const { personId } = await core.addPerson()
    const state = stateOf(await start(personId))
    await core.services.db.pool.query(
      `update wechat_sign_ins set expires_at = now() where person_id = $1`,
      [personId],
    )
    const code = core.wechat.signIn({ openid: 'o-late' })
    expect((await comeBack(state, code)).status).toBe(410)
    expect((await read(personId)).bound).toBe(false)
  })

  it.each([
    ['invalid', 'again'],
    ['used', 'again'],
    ['snapshot', 'again'],
    ['unavailable', 'unavailable'],
  ] as const)('binds nothing when WeChat says %s', async (failed, result) => {
    const { personId } = await core.addPerson()
    const state = stateOf(await start(personId))
    const { location } = await comeBack(state, core.wechat.signIn({ failed }))
    expect(location).toBe(back(result))
    expect((await read(personId)).bound).toBe(false)
  })

  it('binds nothing when the person would not', async () => {
    const { personId } = await core.addPerson()
    const { location } = await comeBack(stateOf(await start(personId)))
    expect(location).toBe(back('cancelled'))
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
    for (const { personId } of people) {
      const state = stateOf(await start(personId))
      tokens.push(
        tokenOf((await comeBack(state, core.wechat.signIn({ openid: 'o-race' }))).location),
      )
    }
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
    const state = stateOf(await start(personId))
    await core.services.db.pool.query(
      `update payers set card_status = 'locked' where person_id = $1`,
      [personId],
    )
    const { location } = await comeBack(state, core.wechat.signIn({ openid: 'o-locked' }))
    expect(await confirm(personId, tokenOf(location))).toBe('not_ready')
  })

  it('takes nobody to an address that is not the school’s', async () => {
    const { personId } = await core.addPerson()
    expect((await start(personId, 'https://evil.example/')).body.code).toBe(
      'RETURN_ADDRESS_NOT_ALLOWED',
    )
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

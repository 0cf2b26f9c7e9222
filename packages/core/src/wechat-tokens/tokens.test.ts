import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { signPage } from './sign-page.ts'
import { createWechatTokens } from './tokens.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
  await core.services.db.pool.query(`update schools set origins = '{https://school.example}'`)
})
beforeEach(async () => {
  core.wechat.setFault('none')
  core.wechat.calls.length = 0
  await core.services.db.pool.query('delete from wechat_tokens')
})
afterAll(() => core.close())

const open = () => createWechatTokens(core.services, core.wechat.account)
const endIn = (kind: string, seconds: number) =>
  core.services.db.pool.query(
    `update wechat_tokens set expires_at = now() + make_interval(secs => $2) where kind = $1`,
    [kind, seconds],
  )
const fetched = () => core.wechat.calls.filter((call) => call.startsWith('fetch'))

describe('what WeChat is called with', () => {
  it('is fetched once for all who ask at once, in all processes', async () => {
    const processes = [open(), open(), open()]
    const tickets = await Promise.all(
      Array.from({ length: 12 }, (_, i) => processes[i % 3]?.getTicket()),
    )
    expect(new Set(tickets.map((ticket) => JSON.stringify(ticket))).size).toBe(1)
    expect(fetched()).toEqual(['fetchToken', 'fetchTicket'])
    await open().getTicket()
    expect(fetched()).toHaveLength(2)
  })

  it('is renewed five minutes early, and used to its end while WeChat is away', async () => {
    await open().getTicket()
    await endIn('jsapi_ticket', 299)
    core.wechat.setFault('down')
    await endIn('access_token', 200)
    expect(await open().getTicket()).toEqual({ value: 'ticket-of-token-1' })
    core.wechat.setFault('none')
    expect(await open().getTicket()).toEqual({ value: 'ticket-of-token-1' })
    expect(fetched().filter((call) => call === 'fetchTicket')).toHaveLength(3)
  })

  it('is nothing where it is over and WeChat is away, which is not asked at once again', async () => {
    const tokens = open()
    await tokens.getTicket()
    await endIn('jsapi_ticket', 5)
    await endIn('access_token', 5)
    core.wechat.setFault('down')
    const failed = { failed: { reason: 'not_sent' } }
    expect(await tokens.getTicket()).toEqual(failed)
    const before = fetched().length
    expect(await tokens.getTicket()).toMatchObject({ failed: {} })
    expect(fetched().length).toBe(before)
    core.moveClock(3_001)
    core.wechat.setFault('none')
    expect(await tokens.getTicket()).toEqual({ value: 'ticket-of-token-1' })
  })

  it('is fetched anew, once, when WeChat does not take it any more', async () => {
    const tokens = open()
    await tokens.withToken(async () => 'fine')
    core.wechat.endToken()
    const seen: string[] = []
    const answer = await tokens.withToken(async (token) => {
      seen.push(token)
      return token === 'token-2' ? 'fine' : { failed: { reason: 'token_gone' } }
    })
    expect([answer, seen]).toEqual(['fine', ['token-1', 'token-2']])
    expect(fetched()).toEqual(['fetchToken', 'fetchToken'])
  })

  it('is made anew by force only where WeChat gives out again what it does not take', async () => {
    const tokens = open()
    const refuse = async () => ({ failed: { reason: 'token_gone' } }) as const
    expect(await tokens.withToken(refuse)).toEqual({ failed: { reason: 'token_gone' } })
    expect(fetched()).toEqual(['fetchToken', 'fetchToken', 'fetchToken by force'])
    // Twenty times a day WeChat does so, thirty seconds apart.
    expect(await open().withToken(refuse)).toEqual({ failed: { reason: 'token_gone' } })
    expect(fetched().filter((call) => call.endsWith('by force'))).toHaveLength(1)
  })

  it('lies sealed, and in no log', async () => {
    await open().getTicket()
    const { rows } = await core.services.db.pool.query(
      `select encode(sealed, 'escape') as text from wechat_tokens`,
    )
    expect(rows).toHaveLength(2)
    const stored = rows.map(({ text }) => text).join() + core.logged.join()
    for (const secret of ['token-1', 'ticket-of-']) expect(stored).not.toContain(secret)
  })
})

describe('a page’s signature', () => {
  it('is WeChat’s published one', () => {
    const published = {
      ticket:
        'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
      nonceStr: 'Wm3WZYTPz0wzccnW',
      timestamp: 1414587457,
      url: 'http://mp.weixin.qq.com?params=value',
    }
    expect(signPage(published)).toBe('0f9de62fce790f9a083d5c99e95740ceb90c27ed')
  })

  it('is made for the address without its fragment, on the school’s and the BFF’s origins', async () => {
    const { personId } = await core.addPerson()
    const kept = await open().getTicket()
    const ticket = 'value' in kept ? kept.value : ''
    for (const url of ['https://school.example/card?x=1#t=secret', 'https://bff.example/h5/1001']) {
      const { body } = await core.call('signWechatPage', { params: { personId }, body: { url } })
      const { timestamp, nonceStr, signature } = body
      expect(body).toMatchObject({
        appId: 'wx0123456789abcdef',
        scriptUrl: 'https://wechat.example/jweixin.js',
      })
      const [signed = ''] = url.split('#')
      expect(signature).toBe(signPage({ ticket, nonceStr, timestamp, url: signed }))
    }
  })

  it('is made for nobody else’s pages', async () => {
    const { personId } = await core.addPerson()
    for (const url of [
      'https://evil.example/',
      'https://school.example@evil.example/',
      'http://school.example/',
    ]) {
      expect(await core.refused('signWechatPage', { params: { personId }, body: { url } })).toBe(
        'RETURN_ADDRESS_NOT_ALLOWED',
      )
    }
  })

  it('WECHAT_SIGN_IN_UNAVAILABLE while WeChat is away', async () => {
    const { personId } = await core.addPerson()
    core.wechat.setFault('down')
    const url = 'https://school.example/'
    expect(await core.refused('signWechatPage', { params: { personId }, body: { url } })).toBe(
      'WECHAT_SIGN_IN_UNAVAILABLE',
    )
  })
})

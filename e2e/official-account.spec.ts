import { createHash, randomBytes } from 'node:crypto'
import type { SignedIn } from '@campus-ecode/protocol/sign-ins'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mintSession, PageClient } from './page-client.ts'
import { findPerson, takePeople, takeServices } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, sandbox, system, till } from './stage.ts'
import { WechatPhone } from './wechat-phone.ts'

// The faults of WeChat are everybody's, so whoever sets some holds her.
takePeople(['林知夏'])
takeServices(['one-card'])

const { cardNo } = findPerson(demo, '林知夏')
const PASSWORD = '010417'
const { bffUrl, keypadUrl, wechatUrl, officialAccountUrl } = system

afterEach(() => sandbox.setFault('wechat', 'none'))

let phone: WechatPhone
const widget = () => new Phone(phone.page)
const isSignedIn = () => phone.page.getByText('林*夏').waitFor()

describe('the page of a school, in its official account', () => {
  it('asks a WeChat that nobody knows for card number and campus-card password, once (R2b, R3)', async () => {
    phone = await WechatPhone.open(browser, wechatUrl, 'linzhixia')
    await phone.openFromMenu('学校网页')
    await phone.page.locator('#card').waitFor()
    expect(new URL(phone.page.url()).origin).toBe(keypadUrl)
    await phone.page.getByText('忘记校园卡密码').click()
    await phone.page.getByText('一卡通服务处办理').waitFor()
    await phone.bind(cardNo, '000000')
    await phone.page.getByRole('alert').filter({ hasText: '学号或密码不对' }).waitFor()
    await phone.bind(cardNo, PASSWORD)
    await isSignedIn()
    // The ticket is out of the address, and of what "back" leads to.
    expect(phone.page.url()).toBe(`${officialAccountUrl}/`)
    const kept = await phone.page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, history.state]),
    )
    expect(kept).not.toContain('token')
  })

  it('asks nothing the second time', async () => {
    await phone.openFromMenu('学校网页')
    await isSignedIn()
    expect([...new Set(phone.visited)]).toEqual([`${officialAccountUrl}/`])
  })

  it('pays at a till, and the receipt comes by WeChat (R41)', async () => {
    await phone.openFromMenu('付款码')
    await isPaying()
    expect(phone.page.url()).toBe(`${bffUrl}/h5/${demo.school.id}?screen=pay`)
    const paid = await till.pay(await widget().readCode(), '6.00')
    expect(paid).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    expect(await widget().readResult('paid')).toContain('5.40')
    await expect.poll(async () => (await phone.readMessages()).join()).toMatch(/5\.40/)
    const [receipt = ''] = await phone.readMessages()
    expect(receipt).toContain('付款成功')
    expect(receipt).not.toContain(cardNo)
  })

  it('tells nothing more by WeChat once the person has switched that off, and again when it is on (R41)', async () => {
    const turn = async (said: string) => {
      await phone.openFromMenu('付款码')
      await isPaying()
      await phone.page.getByRole('button', { name: '钱包', exact: true }).click()
      await widget().root.locator('.bell').click()
      await phone.page.getByRole('switch', { name: /^微信消息/ }).click()
      await phone.page.getByText(said).waitFor({ state: 'attached' })
    }
    const pay = async (amount: string) => {
      await phone.openFromMenu('付款码')
      expect(await till.pay(await widget().readCode(), amount)).toMatchObject({ exitCode: 0 })
    }
    await turn('微信消息已关闭')
    await pay('7.00')
    await turn('微信消息已开启')
    await pay('8.00')
    // They are told in order: the one before would have come before.
    await expect.poll(async () => (await phone.readMessages()).join()).toMatch(/7\.20/)
    expect((await phone.readMessages()).join()).not.toMatch(/6\.30/)
  })

  it.each([
    ['学校网页', '学校网页', () => `${officialAccountUrl}/`],
    ['学校网页, later', '学校网页', () => `${officialAccountUrl}/`],
    ['付款码', '付款码', () => `${bffUrl}/h5/${demo.school.id}?screen=pay`],
  ])(
    'has WeChat pay by its own code, by a way that leads back to “%s” (R27)',
    async (name, label, address) => {
      await phone.openFromMenu(label)
      const press = (name: string) =>
        widget().root.getByRole('button', { name, exact: true }).click()
      const open = (name: string) => widget().root.locator('li').getByText(name).first().click()
      await press('钱包')
      await open('生活服务')
      await open('微信认证')
      if (name.endsWith('later')) await forgetTicket()
      await press('去微信认证')
      await phone.page.getByRole('heading', { name: '微信已认证' }).waitFor()
      // The token is out of the address, and WeChat was asked on the way.
      expect(phone.page.url()).toBe(address())
      expect(JSON.stringify(await phone.page.evaluate(() => history.state))).not.toContain(
        'wechat=',
      )
      await press('解除认证')
      await press('解除认证')
      await phone.page.getByRole('heading', { name: '在校园里用微信付款码' }).waitFor()
    },
  )

  it('is signed for WeChat’s scanner, under the real JS-SDK (R25)', async () => {
    await phone.openFromMenu('付款码')
    await isPaying()
    phone.page.once('dialog', (dialog) => void dialog.dismiss())
    const asked = phone.page.waitForEvent('dialog')
    await phone.page.getByRole('button', { name: /扫一扫/ }).click()
    expect((await asked).message()).toContain('微信扫一扫')
  })
})

/** As if the ticket's minute were over: back from WeChat the page has to sign in by it once more. */
const forgetTicket = () =>
  phone.page.evaluate(() => {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith('sign-in ')) sessionStorage.removeItem(key)
    }
  })

async function isPaying(): Promise<void> {
  await widget().openCode()
}

describe('what WeChat may do', () => {
  it('a preview signs nobody in, and says what to tap', async () => {
    await sandbox.setFault('wechat', 'snapshot')
    await phone.openFromMenu('学校网页')
    await phone.page.getByRole('heading', { name: '请使用完整服务' }).waitFor()
    await sandbox.setFault('wechat', 'none')
    await phone.page.getByRole('link', { name: /继续/ }).click()
    await isSignedIn()
  })

  it('a code that was used already begins anew, once, without the person noticing', async () => {
    await sandbox.setFault('wechat', 'old_code', { count: 1 })
    await phone.openFromMenu('学校网页')
    await isSignedIn()
    await sandbox.setFault('wechat', 'old_code')
    await phone.openFromMenu('学校网页')
    await phone.page.getByText('校园卡没有打开，请稍后再进入').waitFor()
  })

  it.each(['silent', 'busy', 'down'] as const)(
    '%s: the page says so, and the way on works',
    async (fault) => {
      const callback = await phone.travel(officialAccountUrl, await beginSignIn(), CALLBACK)
      await sandbox.setFault('wechat', fault)
      await phone.page.goto(callback)
      await phone.page.getByText('校园卡没有打开，请稍后再进入').waitFor()
      expect(phone.page.url()).toBe(`${officialAccountUrl}/`)
      await sandbox.setFault('wechat', 'none')
      await phone.openFromMenu('学校网页')
      await isSignedIn()
    },
  )
})

const CALLBACK = `${keypadUrl}/wechat/sign-in?`
const post = (path: string, body: object, origin = officialAccountUrl) =>
  fetch(bffUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify(body),
  })
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code

/** Where a page goes to sign in; the verifier stays with who makes it. */
async function beginSignIn(verifier = randomBytes(32).toString('base64url')): Promise<string> {
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const returnTo = `${officialAccountUrl}/`
  const answer = await post('/v1/sign-ins/wechat', {
    schoolId: demo.school.id,
    challenge,
    returnTo,
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { authoriseUrl: string }).authoriseUrl
}

describe('who has no right to it', () => {
  it('gets nothing by a stolen ticket, which is then good for nobody', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const ticket = await catchTicket(await beginSignIn(verifier))
    const stolen = { ticket, verifier: randomBytes(32).toString('base64url') }
    expect(await codeOf(await post('/v1/tickets/redeem', stolen))).toBe('TICKET_INVALID')
    expect(await codeOf(await post('/v1/tickets/redeem', { ticket, verifier }))).toBe(
      'TICKET_INVALID',
    )
  })

  it('gets nothing by a guessed state', async () => {
    const state = `${demo.school.id}${randomBytes(32).toString('hex')}`
    await phone.page.goto(`${CALLBACK}code=x&state=${state}`)
    await phone.page.getByRole('heading', { name: '这个页面已失效' }).waitFor()
  })

  it('signs nobody in as somebody else by handing over the way back', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const other = await WechatPhone.open(browser, wechatUrl, 'mallory')
    const theirs = await other.travel(officialAccountUrl, await beginSignIn(verifier), CALLBACK)
    await other.context.close()
    // The reader's own WeChat is asked, and the ticket stays with the reader, whose page is not theirs.
    await phone.page.goto(theirs)
    await isSignedIn()
    expect(phone.page.url()).toBe(`${officialAccountUrl}/`)
  })

  it('gets no ticket by an address that somebody is sent, not even of the school’s own site', async () => {
    // Both sides begin alike; this one is opened from a chat, and not by the page.
    const start = await beginSignIn()
    await phone.page.goto('about:blank')
    await phone.page.goto(start)
    // Brought to the page, which signs its reader in by a journey of its own.
    await isSignedIn()
    const asked = await phone.context.request.get(start, { maxRedirects: 0 })
    expect(asked.headers().location).toBe(`${officialAccountUrl}/#t=again`)
  })

  it('gets nothing by a refresh token that was used, or is for another key', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const ticket = await catchTicket(await beginSignIn(verifier))
    const redeemed = await post('/v1/tickets/redeem', { ticket, verifier })
    const { refreshToken } = (await redeemed.json()) as SignedIn
    const refresh = async (token: string, thumbprint: string, origin?: string) =>
      post('/v1/sessions/refresh', { refreshToken: token, thumbprint }, origin)
    const [mine, theirs] = [await makeThumbprint(), await makeThumbprint()]
    const first = await refresh(refreshToken, mine)
    expect(first.status).toBe(200)
    const { refreshToken: next } = (await first.json()) as SignedIn
    expect(await codeOf(await refresh(refreshToken, theirs))).toBe('SIGN_IN_ENDED')
    expect(await codeOf(await refresh(refreshToken, mine))).toBe('SIGN_IN_ENDED')
    expect(await codeOf(await refresh(next, theirs))).toBe('SIGN_IN_ENDED')
    expect(await codeOf(await refresh(next, mine, 'https://evil.example'))).toBe(
      'ORIGIN_NOT_ALLOWED',
    )
    expect((await refresh(next, mine)).status).toBe(200)
  })

  it('brings nobody back to a page that is not the school’s', async () => {
    const evil = 'https://evil.example'
    const challenge = randomBytes(32).toString('base64url')
    const body = { schoolId: demo.school.id, challenge, returnTo: `${evil}/` }
    expect(await codeOf(await post('/v1/sign-ins/wechat', body))).toBe('ORIGIN_NOT_ALLOWED')
    expect(await codeOf(await post('/v1/sign-ins/wechat', body, evil))).toBe(
      'RETURN_ADDRESS_NOT_ALLOWED',
    )
  })

  /** The whole way through WeChat, but for the page at its end. */
  async function catchTicket(start: string): Promise<string> {
    const back = await phone.travel(officialAccountUrl, start, officialAccountUrl)
    const [, ticket = ''] = /#t=(\d{4}[\w-]{43})$/.exec(back) ?? []
    expect(ticket).not.toBe('')
    return ticket
  }
})

describe('the signature of a page', () => {
  let client: PageClient
  beforeAll(async () => {
    const origin = officialAccountUrl
    client = await PageClient.open({ bffUrl, origin, school: demo.school, cardNo })
  })
  const signPage = (url: string) =>
    client.call('POST', '/v1/me/wechat/page-signatures', { body: { url } })

  it('is made for pages of the school alone', async () => {
    for (const url of ['https://evil.example/', 'http://127.0.0.1.evil.example/']) {
      expect(await codeOf(await signPage(url))).toBe('RETURN_ADDRESS_NOT_ALLOWED')
    }
  })

  it('is taken by WeChat for this page, and for no other', async () => {
    await phone.openFromMenu('学校网页')
    await isSignedIn()
    const here = `${officialAccountUrl}/`
    expect(await configure(here)).toBe('config:ok')
    expect(await configure(`${here}?other`)).toBe('config:invalid signature')
  })

  /** `wx.config` of the real JS-SDK, in the page that is open. */
  async function configure(url: string): Promise<string> {
    const answer = await signPage(url)
    expect(answer.status).toBe(200)
    const { scriptUrl, ...signature } = (await answer.json()) as { scriptUrl: string }
    await phone.page.reload()
    // Not by addScriptTag, which takes it for its own failure when the page's JS-SDK sends home a picture meanwhile.
    return phone.page.evaluate(
      ({ url, config }) =>
        new Promise<string>((resolve) => {
          const script = document.createElement('script')
          script.onload = () => {
            const { wx } = window as unknown as { wx: Record<string, (given: object) => void> }
            wx.error?.((said: { errMsg: string }) => resolve(said.errMsg))
            wx.config?.({ ...config, jsApiList: ['scanQRCode'] })
            wx.ready?.(() => setTimeout(() => resolve('config:ok'), 500))
          }
          script.src = url
          document.head.append(script)
        }),
      { url: scriptUrl, config: signature },
    )
  }
})

describe('a service of the school (R36)', () => {
  let client: PageClient
  beforeAll(async () => {
    const origin = officialAccountUrl
    client = await PageClient.open({ bffUrl, origin, school: demo.school, cardNo })
  })

  async function openLibrary(): Promise<{ url: string; ticket: string }> {
    const answer = await client.call('POST', '/v1/me/services/library/tickets')
    expect(answer.status).toBe(201)
    return (await answer.json()) as { url: string; ticket: string }
  }
  /** As a CAS client asks. */
  async function validate(service: string, ticket: string): Promise<string> {
    const query = new URLSearchParams({ service, ticket })
    return (await fetch(`${bffUrl}/cas/p3/serviceValidate?${query}`)).text()
  }

  it('learns once whose a ticket is', async () => {
    const services = await (await client.call('GET', '/v1/me/services')).json()
    expect(services).toMatchObject({ services: [{ serviceId: 'library', icon: 'library' }] })
    const { url, ticket } = await openLibrary()
    const said = await validate(url, ticket)
    expect(said).toContain(`<cas:user>${cardNo}</cas:user>`)
    expect(said).toContain('<cas:name>林知夏</cas:name><cas:class>student</cas:class>')
    expect(await validate(url, ticket)).toContain('code="INVALID_TICKET"')
  })

  it('lets in whom the ticket that comes by a form names', async () => {
    const { url, ticket } = await openLibrary()
    expect(url).toBe(`${system.sandboxUrl}/library`)
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ ticket }) })
    expect(await answer.text()).toContain('林知夏')
  })

  it('learns nothing by another’s, which is then spent', async () => {
    const { url, ticket } = await openLibrary()
    expect(await validate('https://evil.example/', ticket)).toContain('code="INVALID_SERVICE"')
    expect(await validate(url, ticket)).toContain('code="INVALID_TICKET"')
  })
})

describe('a page of a school that is on http', () => {
  it('opens the BFF’s own page with a ticket, signed in, once', async () => {
    const answer = await mintSession(bffUrl, demo.school, {
      subject: { cardNo },
      thumbprint: 'ticket',
    })
    const { url } = (await answer.json()) as { url: string }
    const context = await browser.newContext({ locale: 'zh-CN', colorScheme: 'dark' })
    const page = await context.newPage()
    await page.goto(url.replace('#', '?locale=en#'))
    await page.getByText('林*夏').waitFor()
    expect(page.url()).toBe(`${bffUrl}/h5/${demo.school.id}?locale=en`)
    await context.close()
    const other = await browser.newContext({ locale: 'zh-CN' })
    const late = await other.newPage()
    await late.goto(url)
    await late.getByRole('alert').waitFor()
    await other.close()
  })
})

async function makeThumbprint(): Promise<string> {
  const { publicKey } = await generateKeyPair('ES256')
  return calculateJwkThumbprint(await exportJWK(publicKey))
}

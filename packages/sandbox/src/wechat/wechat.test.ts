import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../sandbox.ts'
import { answerV2, readV2 } from './v2-message.ts'

const account = {
  WECHAT_APP_ID: 'wx0123456789abcdef',
  WECHAT_APP_SECRET: 'a'.repeat(32),
  WECHAT_MCH_ID: '1900000109',
  WECHAT_API_V3_KEY: 'b'.repeat(32),
  WECHAT_API_V2_KEY: 'c'.repeat(32),
}
const miniProgram = {
  WECHAT_MP_APP_ID: 'wxfedcba9876543210',
  WECHAT_MP_APP_SECRET: 'd'.repeat(32),
}
const { WECHAT_APP_ID: APP_ID, WECHAT_MCH_ID: MCH_ID, WECHAT_API_V2_KEY: V2_KEY } = account

const dir = mkdtempSync(join(tmpdir(), 'sandbox-wechat-'))
const keysDir = join(dir, 'school')
let sandbox: Sandbox
async function start(): Promise<void> {
  writeFileSync(join(dir, 'accounts.json'), '{"bank":[],"oneCard":[]}')
  sandbox = await startSandbox({
    ...{ HOST: '127.0.0.1', DATA_DIR: dir, PORT_KEY_ID: 'core-1' },
    ...{ SANDBOX_PORT: 0, BANK_PORT: 0, ONE_CARD_PORT: 0, UTILITY_PORT: 0, WECHAT_PORT: 0 },
    PORT_KEY_SECRET: Buffer.alloc(32, 7).toString('base64url'),
    ACCOUNTS_FILE: join(dir, 'accounts.json'),
    ...account,
    WECHAT_KEYS_DIR: keysDir,
    ...miniProgram,
    WECHAT_DOMAINS: 'x.example,127.0.0.1',
  })
}
beforeAll(start)
afterEach(async () => {
  vi.useRealTimers()
  await setFault('none')
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(dir, { recursive: true })
})

const read = (name: string) => readFileSync(join(keysDir, name), 'utf8')
const nameOf = (start: string) => readdirSync(keysDir).find((name) => name.startsWith(start)) ?? ''

/** By what the school has downloaded: WeChat's certificate and its public key. */
function findKey(serial: string | null): KeyObject | undefined {
  const certificate = new X509Certificate(read(nameOf('wechatpay_')))
  if (serial === certificate.serialNumber) return certificate.publicKey
  return `${serial}.pem` === nameOf('PUB_KEY_ID_')
    ? createPublicKey(read(`${serial}.pem`))
    : undefined
}

interface Spoil {
  body?: string
  serial?: string
  mchId?: string
  ageSeconds?: number
  key?: KeyObject
  wanted?: string
}

/** A call of V3 as a merchant signs it, and whether its answer is WeChat's. */
async function call(method: string, target: string, content?: object, spoil: Spoil = {}) {
  const body = content === undefined ? '' : JSON.stringify(content)
  const serial = spoil.serial ?? new X509Certificate(read('apiclient_cert.pem')).serialNumber
  const timestamp = String(Math.floor(Date.now() / 1000) - (spoil.ageSeconds ?? 0))
  const nonce = randomBytes(8).toString('hex')
  const signature = sign(
    'RSA-SHA256',
    Buffer.from(`${method}\n${target}\n${timestamp}\n${nonce}\n${body}\n`),
    spoil.key ?? createPrivateKey(read('apiclient_key.pem')),
  ).toString('base64')
  const response = await fetch(sandbox.wechatUrl + target, {
    method,
    headers: {
      authorization: `WECHATPAY2-SHA256-RSA2048 mchid="${spoil.mchId ?? MCH_ID}",nonce_str="${nonce}",timestamp="${timestamp}",serial_no="${serial}",signature="${signature}"`,
      ...(spoil.wanted && { 'wechatpay-serial': spoil.wanted }),
    },
    ...(content !== undefined && { body: spoil.body ?? body }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const { headers, status } = response
  const by = headers.get('wechatpay-serial')
  const key = findKey(by)
  const message = Buffer.concat([
    Buffer.from(`${headers.get('wechatpay-timestamp')}\n${headers.get('wechatpay-nonce')}\n`),
    bytes,
    Buffer.from('\n'),
  ])
  const given = Buffer.from(headers.get('wechatpay-signature') ?? '', 'base64')
  const signed = key !== undefined && verify('RSA-SHA256', message, key, given)
  return { status, by, signed, bytes, body: parse(bytes) }
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by a test that knows its form.
function parse(bytes: Buffer): any {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

async function setFault(fault: string, more: { count?: number; delayMs?: number } = {}) {
  const answer = await fetch(`${sandbox.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service: 'wechat', fault, ...more }),
  })
  expect(answer.status).toBe(200)
}

async function showCode(user = 'linxia'): Promise<string> {
  const answer = await fetch(`${sandbox.wechatUrl}/phones/${user}/codes`, { method: 'POST' })
  return ((await answer.json()) as { code: string }).code
}

let orders = 0
const newNo = () => `order-${++orders}`
const charge = (outTradeNo: string, authCode: string, total = 900, spoil: Spoil = {}) =>
  call(
    'POST',
    '/v3/pay/transactions/codepay',
    {
      ...{ appid: APP_ID, mchid: MCH_ID, description: '第一食堂', out_trade_no: outTradeNo },
      payer: { auth_code: authCode },
      amount: { total, currency: 'CNY' },
      scene_info: { store_info: { out_id: 'm1' } },
    },
    spoil,
  )
const query = (no: string) => call('GET', `/v3/pay/transactions/out-trade-no/${no}?mchid=${MCH_ID}`)
const reverse = (no: string) =>
  call('POST', `/v3/pay/transactions/out-trade-no/${no}/reverse`, { appid: APP_ID, mchid: MCH_ID })
const refund = (outTradeNo: string, outRefundNo: string, fen: number, total = 900) =>
  call('POST', '/v3/refund/domestic/refunds', {
    ...{ out_trade_no: outTradeNo, out_refund_no: outRefundNo },
    amount: { refund: fen, total, currency: 'CNY' },
  })
const queryRefund = (no: string) => call('GET', `/v3/refund/domestic/refunds/${no}`)

describe('signatures', () => {
  it.each<[string, Spoil]>([
    ['over another body', { body: '{}' }],
    ['under another serial', { serial: 'ABC' }],
    ['of another merchant', { mchId: '1900000110' }],
    ['of another time', { ageSeconds: 301 }],
    ['under another key', { key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }],
  ])('%s are refused, and nothing is charged', async (_, spoil) => {
    const no = newNo()
    expect((await charge(no, await showCode(), 900, spoil)).status).toBe(401)
    expect((await query(no)).body.code).toBe('ORDER_NOT_EXIST')
  })

  it('of answers are by the certificate, or by the public key where it is asked for', async () => {
    const first = await query('nothing')
    expect(first).toMatchObject({ signed: true, status: 404 })
    expect(first.by).not.toContain('PUB_KEY_ID_')
    const wanted = nameOf('PUB_KEY_ID_').replace('.pem', '')
    const second = await call(
      'GET',
      `/v3/pay/transactions/out-trade-no/x?mchid=${MCH_ID}`,
      undefined,
      {
        wanted,
      },
    )
    expect(second).toMatchObject({ signed: true, by: wanted })
  })

  it('can be of both kinds, or of somebody else', async () => {
    await setFault('mixed_serials', { count: 2 })
    const serials = [await query('x'), await query('x')]
    expect(new Set(serials.map(({ by }) => by)).size).toBe(2)
    expect(serials.every(({ signed }) => signed)).toBe(true)
    await setFault('wrong_signature', { count: 1 })
    expect((await query('x')).signed).toBe(false)
    expect((await query('x')).signed).toBe(true)
  })

  it('are made with keys that only their owner reads', () => {
    for (const name of readdirSync(keysDir)) {
      expect(statSync(join(keysDir, name)).mode & 0o777).toBe(0o600)
    }
  })
})

describe('a payment code', () => {
  it('has WeChat’s form, pays once, and lives for a minute', async () => {
    const code = await showCode()
    expect(code).toMatch(/^1[0-5]\d{16}$/)
    expect((await charge(newNo(), code)).body.trade_state).toBe('SUCCESS')
    expect((await charge(newNo(), code)).body.code).toBe('AUTH_CODE_INVALID')
    const old = await showCode()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    expect((await charge(newNo(), old)).body.code).toBe('AUTH_CODE_EXPIRED')
  })

  it('names its payer to whoever signs, by V2', async () => {
    const ask = async (fields: Record<string, string>, key = V2_KEY, type = 'HMAC-SHA256') => {
      const signType = type as 'MD5'
      const body = answerV2({ return_code: 'SUCCESS', sign_type: type, ...fields }, key, signType)
      const url = `${sandbox.wechatUrl}/tools/authcodetoopenid`
      const text = await (await fetch(url, { method: 'POST', body })).text()
      return { text, said: readV2(text, V2_KEY)?.fields }
    }
    const fields = { appid: APP_ID, mch_id: MCH_ID, auth_code: await showCode() }
    const { text } = await ask(fields)
    expect(text).toMatch(/<openid><!\[CDATA\[o[\w-]{27}\]\]><\/openid>/)
    const { said } = await ask(fields, V2_KEY, 'MD5')
    expect(said).toMatchObject({ result_code: 'SUCCESS' })
    expect((await ask(fields, 'd'.repeat(32))).text).toContain('签名错误')
    expect((await ask({ ...fields, mch_id: '1' })).text).toContain('FAIL')
  })
})

describe('an order', () => {
  it('is charged once under its number', async () => {
    const no = newNo()
    expect((await charge(no, await showCode())).status).toBe(200)
    expect((await charge(no, await showCode())).body.code).toBe('OUT_TRADE_NO_USED')
  })

  it('asks for the password above ¥1000, and when told to; the payer decides', async () => {
    const [dear, cheap] = [newNo(), newNo()]
    expect((await charge(dear, await showCode(), 100_001)).body.code).toBe('USERPAYING')
    await setFault('ask_password', { count: 1 })
    expect((await charge(cheap, await showCode())).status).toBe(202)
    const act = (no: string, user: string, word: string) =>
      fetch(`${sandbox.wechatUrl}/phones/${user}/prompts/${no}`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ act: word }),
      })
    expect((await act(dear, 'another', 'accept')).status).toBe(404)
    const page = await (await fetch(`${sandbox.wechatUrl}/phones/linxia`)).text()
    expect(page).toContain(`/phones/linxia/prompts/${dear}`)
    await act(dear, 'linxia', 'accept')
    await act(cheap, 'linxia', 'refuse')
    expect((await query(dear)).body.trade_state).toBe('SUCCESS')
    expect((await query(cheap)).body.trade_state).toBe('PAYERROR')
  })

  it('is given up by WeChat when the password has not come in 45 s', async () => {
    const no = newNo()
    await charge(no, await showCode(), 100_001)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 45_000 })
    expect((await query(no)).body.trade_state).toBe('REVOKED')
  })

  it('is undone, whatever it was, and one that is not there cannot be', async () => {
    const [paid, waiting] = [newNo(), newNo()]
    await charge(paid, await showCode())
    await charge(waiting, await showCode(), 100_001)
    for (const no of [paid, waiting]) {
      expect((await reverse(no)).status).toBe(200)
      expect((await query(no)).body.trade_state).toBe('REVOKED')
    }
    expect((await reverse('nothing')).body.code).toBe('ORDER_NOT_EXIST')
  })

  it('is charged though the answer is lost or says SYSTEM_ERROR', async () => {
    const [lost, wrong] = [newNo(), newNo()]
    await setFault('debit_then_drop', { count: 1 })
    await expect(charge(lost, await showCode())).rejects.toThrow()
    await setFault('system_error', { count: 1 })
    expect((await charge(wrong, await showCode())).body.code).toBe('SYSTEM_ERROR')
    for (const no of [lost, wrong]) expect((await query(no)).body.trade_state).toBe('SUCCESS')
  })

  it('may stand behind a reversal that was said to be done, until it is reversed again', async () => {
    const no = newNo()
    await charge(no, await showCode(), 100_001)
    await setFault('ignored_reversal', { count: 1 })
    expect((await reverse(no)).status).toBe(200)
    expect((await query(no)).body.trade_state).toBe('SUCCESS')
    await reverse(no)
    expect((await query(no)).body.trade_state).toBe('REVOKED')
  })

  it('survives a restart, and so do the keys', async () => {
    const no = newNo()
    await charge(no, await showCode())
    const { by } = await query(no)
    await sandbox.stop()
    await start()
    expect(await query(no)).toMatchObject({ by, body: { trade_state: 'SUCCESS' } })
  })
})

describe('a refund', () => {
  it('is accepted first and done later, once per number, and no more than was paid', async () => {
    const no = newNo()
    await charge(no, await showCode())
    const first = await refund(no, `${no}-r1`, 500)
    expect(first.body.status).toBe('PROCESSING')
    expect((await query(no)).body.trade_state).toBe('REFUND')
    expect((await refund(no, `${no}-r1`, 500)).body.refund_id).toBe(first.body.refund_id)
    expect((await refund(no, `${no}-r1`, 400)).body.code).toBe('PARAM_ERROR')
    expect((await refund(no, `${no}-r2`, 401)).body.code).toBe('NOT_ENOUGH')
    expect((await refund(no, `${no}-r2`, 400, 901)).body.code).toBe('PARAM_ERROR')
    await expect.poll(async () => (await queryRefund(`${no}-r1`)).body.status).toBe('SUCCESS')
    expect((await query(no)).body.trade_state).toBe('REFUND')
    await setFault('decline', { count: 1 })
    await refund(no, `${no}-r3`, 400)
    await expect.poll(async () => (await queryRefund(`${no}-r3`)).body.status).toBe('CLOSED')
  })
})

describe('the bill', () => {
  it('has a line for each payment, refund and reversal, and adds up', async () => {
    const reversed = newNo()
    await charge(reversed, await showCode())
    await reverse(reversed)
    const late = newNo()
    await charge(late, await showCode(), 100_001)
    await setFault('late_success', { count: 1 })
    await reverse(late)
    const text = await download()
    const states = (no: string) =>
      text
        .split('\r\n')
        .filter((line) => line.includes(`\`${no},`))
        .map((line) => line.split(',`')[9])
    expect(states(reversed)).toEqual(['SUCCESS', 'REVOKED'])
    expect(states(late)).toEqual(['SUCCESS', 'REVOKED'])
    const lines = text.split('\r\n')
    expect(lines[0]?.split(',')).toHaveLength(27)
    expect(lines.at(-2)).toMatch(new RegExp(`^\`${lines.length - 4},`))
  })

  it('is not written of a day without trades', async () => {
    const { status, body } = await call(
      'GET',
      '/v3/bill/tradebill?bill_date=2026-01-01&bill_type=ALL&tar_type=GZIP',
    )
    expect([status, body.code]).toEqual([400, 'NO_STATEMENT_EXIST'])
  })

  it('can have a line too many', async () => {
    const count = (await download()).split('\r\n').length
    await setFault('bill_drift')
    expect((await download()).split('\r\n')).toHaveLength(count + 1)
  })

  async function download(): Promise<string> {
    const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
    const target = `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL&tar_type=GZIP`
    const { body } = await call('GET', target)
    const { pathname, search } = new URL(body.download_url)
    expect((await fetch(body.download_url)).status).toBe(401)
    return gunzipSync((await call('GET', pathname + search)).bytes).toString('utf8')
  }
})

describe('the sign-in', () => {
  const authorise = (
    search: string,
    body?: Record<string, string>,
    userAgent = 'MicroMessenger/8.0.68',
  ) =>
    fetch(`${sandbox.wechatUrl}/connect/oauth2/authorize${search}`, {
      ...{ redirect: 'manual', headers: { 'user-agent': userAgent } },
      ...(body && { method: 'POST', body: new URLSearchParams(body) }),
    })
  const right = `?appid=${APP_ID}&redirect_uri=https%3A%2F%2Fx.example%2Fback&response_type=code&scope=snsapi_base&state=abc`
  const exchange = async (code: string, secret = account.WECHAT_APP_SECRET) => {
    const query = new URLSearchParams({
      ...{ appid: APP_ID, secret, code },
      grant_type: 'authorization_code',
    })
    const answer = await fetch(`${sandbox.wechatUrl}/sns/oauth2/access_token?${query}`)
    return answer.json() as Promise<{ openid?: string; errcode?: number; is_snapshotuser?: number }>
  }
  async function signIn(user = 'linxia'): Promise<string> {
    const back = await authorise(right, { user, act: 'allow' })
    const location = new URL(back.headers.get('location') ?? '')
    expect(location.searchParams.get('state')).toBe('abc')
    return location.searchParams.get('code') ?? ''
  }

  it('wants its parameters in WeChat’s order', async () => {
    expect((await authorise(right)).status).toBe(200)
    const other = right.replace(
      'response_type=code&scope=snsapi_base',
      'scope=snsapi_base&response_type=code',
    )
    expect((await authorise(other)).status).toBe(400)
  })

  it('opens in WeChat alone', async () => {
    expect(await (await authorise(right)).text()).toContain('用这个微信登录')
    const elsewhere = await authorise(right, undefined, 'Mozilla/5.0 Chrome/142.0.0.0')
    expect(elsewhere.status).toBe(200)
    const said = await elsewhere.text()
    expect(said).toContain('请在微信客户端打开链接')
    expect(said).not.toContain('<form')
  })

  it('names the same person always, once per code, for five minutes, to who knows the secret', async () => {
    const code = await signIn()
    expect((await exchange(code, 'wrong')).errcode).toBe(40125)
    const { openid } = await exchange(code)
    expect((await exchange(code)).errcode).toBe(40163)
    expect((await exchange(await signIn())).openid).toBe(openid)
    expect((await exchange(await signIn('another'))).openid).not.toBe(openid)
    expect((await exchange('made-up')).errcode).toBe(40029)
    const old = await signIn()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_001 })
    expect((await exchange(old)).errcode).toBe(40029)
  })

  it('comes back without a code when the person refuses, and can show a preview or a used code', async () => {
    const back = await authorise(right, { act: 'refuse' })
    expect(back.headers.get('location')).toBe('https://x.example/back?state=abc')
    await setFault('snapshot', { count: 1 })
    expect((await exchange(await signIn())).is_snapshotuser).toBe(1)
    await setFault('used_code', { count: 1 })
    expect((await exchange(await signIn())).errcode).toBe(40163)
  })
})

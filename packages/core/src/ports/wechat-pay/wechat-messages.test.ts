import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openResource } from './open-resource.ts'
import { aeadVector, billVector, rsaVector } from './testing/published.ts'
import { parseTradeBill, readFen } from './trade-bill.ts'
import { isSignedV2, readV2, signV2, writeV2 } from './v2-message.ts'
import { authorise, isSignature } from './v3-signature.ts'
import { openWechatKeys, readMerchantKey } from './wechat-keys.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-wechat-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('V2 messages', () => {
  // Of WeChat's own page on signatures.
  const fields = {
    appid: 'wxd930ea5d5a258f4f',
    mch_id: '10000100',
    device_info: '1000',
    body: 'test',
    nonce_str: 'ibuaiVcKdpRxkhJA',
  }
  const key = '192006250b4c09247ec02edce69f6a2d'

  it('are signed as the published ones', () => {
    expect(signV2(fields, key, 'MD5')).toBe('9A0A8659F005D6984697E2CA0A9CF3B7')
    expect(signV2(fields, key, 'HMAC-SHA256')).toBe(
      '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6',
    )
  })

  it('leave out what is empty and the signature itself', () => {
    const more = { ...fields, attach: '', sign: 'whatever' }
    expect(signV2(more, key, 'MD5')).toBe(signV2(fields, key, 'MD5'))
  })

  it('are believed only as they were signed', () => {
    const sign = signV2(fields, key, 'MD5')
    expect(isSignedV2({ ...fields, sign }, key, 'MD5')).toBe(true)
    expect(isSignedV2({ ...fields, body: 'other', sign }, key, 'MD5')).toBe(false)
    expect(isSignedV2({ ...fields, sign }, key, 'HMAC-SHA256')).toBe(false)
    expect(isSignedV2(fields, key, 'MD5')).toBe(false)
  })

  it('come through XML unchanged, digits and all', () => {
    const wild = { a: '0123', b: '1e5', c: '<&>"\'', d: '林' }
    expect(readV2(writeV2(wild))).toEqual(wild)
    expect(readV2('<xml><openid><![CDATA[o<1>]]></openid><empty></empty></xml>')).toEqual({
      openid: 'o<1>',
      empty: '',
    })
  })

  it.each([
    '<xml><a>1</a>',
    '<xml><a><b>1</b></a></xml>',
    '<xml><a>1</a><a>2</a></xml>',
    '<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>',
    '<html/>',
    'no xml',
    '',
  ])('are nothing when they are %s', (text) => {
    expect(readV2(text)).toBe(undefined)
  })
})

describe('V3 messages', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  it('are verified as the published one, under a certificate', () => {
    const { publicKey: key } = new X509Certificate(rsaVector.certificate)
    const message = Buffer.from(rsaVector.message)
    expect(isSignature(key, message, rsaVector.signature)).toBe(true)
    expect(isSignature(key, Buffer.from('massage'), rsaVector.signature)).toBe(false)
    expect(isSignature(publicKey, message, rsaVector.signature)).toBe(false)
  })

  it('are signed so that OpenSSL finds them right', () => {
    const header = authorise(
      { mchId: '1900000109', serial: 'ABC', privateKey },
      { method: 'POST', target: '/v3/x?y=1', body: '{"a":"林"}', nowMs: 1_554_208_460_123 },
    )
    expect(header).toMatch(
      /^WECHATPAY2-SHA256-RSA2048 mchid="1900000109",nonce_str="\w{32}",timestamp="1554208460",serial_no="ABC",signature="[\w+/]+=*"$/,
    )
    const [, nonce, signature] = /nonce_str="(\w+)".*signature="(.+)"$/.exec(header) ?? []
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const message = `POST\n/v3/x?y=1\n1554208460\n${nonce}\n{"a":"林"}\n`
    const said = execFileSync('openssl', [
      ...['dgst', '-sha256', '-verify'],
      file('key.pub', publicKey.export({ type: 'spki', format: 'pem' })),
      ...['-signature', file('signature', Buffer.from(signature ?? '', 'base64'))],
      file('message', message),
    ])
    expect(said.toString()).toContain('Verified OK')
  })

  it('are decrypted as the published one, and not when anything was changed', () => {
    const { resource, key, plain } = aeadVector
    expect(openResource(resource, key)).toBe(plain)
    const changed = [
      { ...resource, associated_data: 'other' },
      { ...resource, nonce: 'uluk4a9R25RX' },
      { ...resource, ciphertext: `A${resource.ciphertext.slice(1)}` },
    ]
    for (const each of changed) expect(() => openResource(each, key)).toThrow()
    expect(() => openResource(resource, 'b'.repeat(32))).toThrow()
  })
})

describe("the folder of WeChat's keys", () => {
  const pem = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) =>
    key.export({ type: 'spki', format: 'pem' })

  it('holds certificates and public keys, and new ones are found while the core runs', async () => {
    const dir = mkdtempSync(join(folder, 'keys-'))
    writeFileSync(join(dir, 'wechatpay_cert.pem'), rsaVector.certificate)
    writeFileSync(join(dir, 'notes.pem'), 'nothing of use')
    writeFileSync(join(dir, 'apiclient_cert.pem'), rsaVector.certificate)
    let nowMs = 0
    const keys = await openWechatKeys(dir, () => nowMs)
    expect(keys.count).toBe(1)
    expect(await keys.find(rsaVector.serial)).toBeDefined()
    expect(keys.publicKeyId()).toBe(undefined)

    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(dir, 'PUB_KEY_ID_0114.pem'), pem(publicKey))
    // The folder is not read for everybody who asks.
    expect(await keys.find('PUB_KEY_ID_0114')).toBe(undefined)
    nowMs = 10_000
    expect(await keys.find('PUB_KEY_ID_0114')).toBeDefined()
    expect(await keys.find(rsaVector.serial)).toBeDefined()
    expect(keys.publicKeyId()).toBe('PUB_KEY_ID_0114')
  })

  it('holds no certificate that is over: who has found its key would be WeChat for ever', async () => {
    const dir = mkdtempSync(join(folder, 'keys-'))
    writeFileSync(join(dir, 'wechatpay_cert.pem'), rsaVector.certificate)
    const overMs = Date.parse(new X509Certificate(rsaVector.certificate).validTo)
    let nowMs = overMs - 1_000
    const keys = await openWechatKeys(dir, () => nowMs)
    expect(await keys.find(rsaVector.serial)).toBeDefined()
    nowMs = overMs + 1_000
    expect(await keys.find(rsaVector.serial)).toBe(undefined)
  })

  it('is read once for all who ask for a new key at the same time', async () => {
    const dir = mkdtempSync(join(folder, 'keys-'))
    let nowMs = 0
    const keys = await openWechatKeys(dir, () => nowMs)
    writeFileSync(join(dir, 'wechatpay_cert.pem'), rsaVector.certificate)
    nowMs = 10_000
    const found = await Promise.all([keys.find(rsaVector.serial), keys.find(rsaVector.serial)])
    expect(found).toEqual([expect.anything(), expect.anything()])
  })

  it('is refused without the merchant’s own key, or with another’s, and says nothing of it', async () => {
    const dir = mkdtempSync(join(folder, 'merchant-'))
    const refused = () => readMerchantKey(dir, '1900000109').catch((error: Error) => error.message)
    expect(await refused()).toContain('apiclient_cert.pem cannot be read')
    writeFileSync(join(dir, 'apiclient_cert.pem'), rsaVector.certificate)
    expect(await refused()).toContain('apiclient_key.pem cannot be read')
    writeFileSync(join(dir, 'apiclient_key.pem'), 'SECRET')
    expect(await refused()).toBe("the merchant's private key cannot be read")
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(
      join(dir, 'apiclient_key.pem'),
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
    )
    expect(await refused()).toContain('is not the certificate of')
  })
})

describe('a bill', () => {
  it('that WeChat once sent is read, and is the one that it announced', () => {
    expect(createHash('sha1').update(billVector.text).digest('hex')).toBe(billVector.sha1)
    const bill = parseTradeBill(billVector.text)
    expect(bill).toMatchObject({ totalFen: 3, refundTotalFen: 0 })
    expect(bill.rows).toHaveLength(3)
    expect(bill.rows[0]).toEqual({
      at: '2021-01-28 17:07:11',
      transactionId: '4200000925202101284997714292',
      outTradeNo: 'S20210128170702357723',
      state: 'SUCCESS',
      amountFen: 1,
      refundFen: 0,
      outRefundNo: null,
      refundState: null,
    })
  })

  it('is read by the names of its columns, whatever stands between, commas in values too', () => {
    const swapped = [
      '商户订单号,新的列,交易状态,订单金额,申请退款金额,商户退款单号,退款状态,微信订单号,交易时间,商品名称',
      '`a1,`?,`REFUND,`0.00,`1234567.89,`r1,`PROCESSING,`42,`2026-01-02 03:04:05,`两荤,一素',
      '总交易单数,订单总金额,申请退款总金额',
      '`1,`0.00,`1234567.89',
    ].join('\n')
    expect(parseTradeBill(swapped).rows[0]).toMatchObject({
      outTradeNo: 'a1',
      refundFen: 123_456_789,
      outRefundNo: 'r1',
      refundState: 'PROCESSING',
    })
  })

  it.each([
    ['cut short', (text: string) => text.slice(0, text.indexOf('总交易单数'))],
    ['without a line', (text: string) => text.replace(/`2021-01-28 15[^\n]*\n/, '')],
    ['with a line twice', (text: string) => text.replace(/(`2021-01-28 15[^\n]*\n)/, '$1$1')],
    ['with another amount', (text: string) => text.replace('`0.01,`0.00,`\r', '`0.02,`0.00,`\r')],
    ['with a shorter row', (text: string) => text.replace('`CNY,', '')],
    ['without a column that is needed', (text: string) => text.replace('商户订单号', '订单')],
    [
      'with words for an amount',
      (text: string) => text.replace('`0.01,`0.00,`\r', '`1e1,`0.00,`\r'),
    ],
  ])('is refused %s', (_, change) => {
    const changed = change(billVector.text)
    expect(changed).not.toBe(billVector.text)
    expect(() => parseTradeBill(changed)).toThrow(/bill/)
  })

  it('has yuan, which are read digit by digit', () => {
    expect(['0', '0.1', '0.01', '19.99', '1.005', '2.50000', '99999999.99'].map(tryFen)).toEqual([
      0,
      10,
      1,
      1999,
      undefined,
      250,
      9_999_999_999,
    ])
  })
})

function tryFen(yuan: string): number | undefined {
  try {
    return readFen(yuan)
  } catch {
    return undefined
  }
}

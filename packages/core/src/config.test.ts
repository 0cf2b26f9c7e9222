import { randomBytes } from 'node:crypto'
import { ConfigError } from '@campus-ecode/service/settings'
import { describe, expect, it } from 'vitest'
import { readCommandConfig, readConfig, secretNames } from './config.ts'

const secret = () => randomBytes(32).toString('base64url')
const usual = () => ({
  BFF_KEY_ID: 'bff-1',
  BFF_KEY_SECRET: secret(),
  PORT_KEY_ID: 'core-1',
  PORT_KEY_SECRET: secret(),
  BANK_URL: 'http://127.0.0.1:8083/bank',
  ONE_CARD_URL: 'http://127.0.0.1:8083/one-card',
  SMS_URL: 'http://127.0.0.1:8083/sms',
})

function refusal(env: Record<string, string | undefined>): string {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

describe('readConfig', () => {
  it('fills in what is not secret', () => {
    const env = usual()
    expect(readConfig({ ...env, DATABASE_URL: '' })).toEqual({
      host: '127.0.0.1',
      port: 8081,
      origin: 'http://127.0.0.1:8081',
      dataDir: '.data',
      databaseUrl: undefined,
      keySocket: undefined,
      bffKeys: [{ keyId: 'bff-1', algorithm: 'hmac-sha256', secret: env.BFF_KEY_SECRET }],
      ports: {
        bankUrl: env.BANK_URL,
        oneCardUrl: env.ONE_CARD_URL,
        smsUrl: env.SMS_URL,
        key: { keyId: 'core-1', algorithm: 'hmac-sha256', secret: env.PORT_KEY_SECRET },
        realName: undefined,
      },
      webhookNetworks: [],
      drainMs: 0,
      metrics: undefined,
      tracing: undefined,
      logLevel: 'info',
    })
  })

  it('takes networks inside which webhooks may go anywhere, and says which word is none', () => {
    const networks = (WEBHOOK_NETWORKS: string) => ({ ...usual(), WEBHOOK_NETWORKS })
    const { webhookNetworks } = readConfig(networks('127.0.0.0/8, ::1/128'))
    expect(webhookNetworks.map(([network, bits]) => `${network}/${bits}`)).toEqual([
      '127.0.0.0/8',
      '::1/128',
    ])
    expect(refusal(networks('localhost'))).toContain('WEBHOOK_NETWORKS: must be networks')
  })

  describe('of WeChat (R27)', () => {
    const wechat = {
      WECHAT_APP_ID: 'wx0123456789abcdef',
      WECHAT_APP_SECRET: 'a1'.repeat(16),
      WECHAT_MCH_ID: '1900000109',
      WECHAT_API_V3_KEY: 'b2'.repeat(16),
      WECHAT_API_V2_KEY: 'c3'.repeat(16),
      WECHAT_KEYS_DIR: '/keys',
      KEYPAD_PORT: '8088',
    }

    it('is not set up unless it is said, and then has WeChat’s own addresses', () => {
      expect(readConfig(usual()).wechat).toBe(undefined)
      const given = { ...usual(), ...wechat }
      for (const config of [readConfig(given), readCommandConfig(given)]) {
        expect(config.wechat).toEqual({
          appId: 'wx0123456789abcdef',
          mchId: '1900000109',
          apiV3Key: wechat.WECHAT_API_V3_KEY,
          apiV2Key: wechat.WECHAT_API_V2_KEY,
          keysDir: '/keys',
          payUrls: ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'],
        })
      }
    })

    it.each([
      ['WECHAT_APP_ID', 'WECHAT_APP_ID: needs WECHAT_APP_SECRET'],
      ['WECHAT_APP_SECRET', 'WECHAT_APP_ID: needs WECHAT_APP_SECRET'],
      ['WECHAT_MCH_ID', 'WECHAT_MCH_ID: needs WECHAT_API_V3_KEY'],
      ['WECHAT_API_V3_KEY', 'WECHAT_MCH_ID: needs WECHAT_API_V3_KEY'],
      ['WECHAT_API_V2_KEY', 'WECHAT_MCH_ID: needs WECHAT_API_V3_KEY'],
      ['WECHAT_KEYS_DIR', 'WECHAT_MCH_ID: needs WECHAT_API_V3_KEY'],
      ['KEYPAD_PORT', 'WECHAT_APP_ID: needs KEYPAD_PORT'],
    ])('needs %s', (name, said) => {
      expect(refusal({ ...usual(), ...wechat, [name]: undefined })).toContain(said)
    })

    it('signs people in with the service account alone, without WeChat Pay (R2b)', () => {
      const { WECHAT_APP_ID, WECHAT_APP_SECRET, KEYPAD_PORT } = wechat
      const account = { WECHAT_APP_ID, WECHAT_APP_SECRET, KEYPAD_PORT }
      const config = readConfig({ ...usual(), ...account })
      expect(config.wechat).toBe(undefined)
      expect(config.wechatApps).toEqual({
        officialAccount: { appId: WECHAT_APP_ID, appSecret: WECHAT_APP_SECRET },
        miniProgram: undefined,
        apiUrl: 'https://api.weixin.qq.com',
        authoriseUrl: 'https://open.weixin.qq.com/connect/oauth2/authorize',
        scriptUrl: 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js',
        templates: {},
      })
      expect(
        refusal({ ...usual(), ...wechat, WECHAT_APP_ID: undefined, WECHAT_APP_SECRET: undefined }),
      ).toContain('WECHAT_MCH_ID: needs WECHAT_APP_ID')
    })

    it('takes a mini-program, with the service account or alone', () => {
      const mini = {
        WECHAT_MP_APP_ID: 'wxfedcba9876543210',
        WECHAT_MP_APP_SECRET: 'd4'.repeat(16),
        KEYPAD_PORT: '8088',
      }
      const { wechatApps } = readConfig({ ...usual(), ...mini })
      expect(wechatApps?.officialAccount).toBe(undefined)
      expect(wechatApps?.miniProgram).toEqual({
        appId: mini.WECHAT_MP_APP_ID,
        appSecret: mini.WECHAT_MP_APP_SECRET,
      })
      expect(readConfig({ ...usual(), ...wechat, ...mini }).wechatApps?.miniProgram).toBeDefined()
      for (const name of ['WECHAT_MP_APP_ID', 'WECHAT_MP_APP_SECRET']) {
        expect(refusal({ ...usual(), ...mini, [name]: undefined })).toContain(
          'WECHAT_MP_APP_ID: needs WECHAT_MP_APP_SECRET',
        )
      }
      expect(
        refusal({ ...usual(), ...wechat, ...mini, WECHAT_MP_APP_ID: wechat.WECHAT_APP_ID }),
      ).toContain('WECHAT_MP_APP_ID: must differ')
    })

    it('takes templates of receipts by kind, with what goes into their fields (R41)', () => {
      const id = 'TM00000000000000000000000000000000000000001'
      const WECHAT_TEMPLATE_PAID = `${id}:thing1=merchant,amount2=amount`
      const { wechatApps } = readConfig({ ...usual(), ...wechat, WECHAT_TEMPLATE_PAID })
      expect(wechatApps?.templates).toEqual({
        paid: {
          id,
          fields: [
            { name: 'thing1', word: 'merchant' },
            { name: 'amount2', word: 'amount' },
          ],
        },
      })
      for (const wrong of [id, `${id}:thing1`, `${id}:thing1=secret`, `${id}:first=merchant`]) {
        expect(refusal({ ...usual(), ...wechat, WECHAT_TEMPLATE_PAID: wrong })).toContain(
          'WECHAT_TEMPLATE_PAID: must be',
        )
      }
    })

    it.each([
      ['WECHAT_APP_ID', 'wx1'],
      ['WECHAT_MCH_ID', 'shop'],
      ['WECHAT_API_V3_KEY', 'short'],
      ['WECHAT_PAY_URLS', 'https://api.mch.weixin.qq.com,elsewhere'],
    ])('refuses a wrong %s, and does not repeat it', (name, value) => {
      const said = refusal({ ...usual(), ...wechat, [name]: value })
      expect(said).toContain(name)
      expect(said).not.toContain(value)
    })

    it('goes over https in production', () => {
      const far = (name: string) =>
        refusal({
          ...usual(),
          ...wechat,
          [name]: 'http://wechat.example',
          NODE_ENV: 'production',
        })
      for (const name of ['WECHAT_PAY_URLS', 'WECHAT_API_URL', 'WECHAT_AUTHORISE_URL']) {
        expect(far(name)).toContain(`${name}: must be https in production`)
      }
    })
  })

  it('takes two live BFF keys, so that one can be replaced without a pause', () => {
    const previous = { BFF_KEY_PREVIOUS_ID: 'bff-0', BFF_KEY_PREVIOUS_SECRET: secret() }
    const { bffKeys } = readConfig({ ...usual(), ...previous })
    expect(bffKeys.map(({ keyId }) => keyId)).toEqual(['bff-1', 'bff-0'])
    expect(refusal({ ...usual(), BFF_KEY_PREVIOUS_ID: 'bff-0' })).toContain('BFF_KEY_PREVIOUS_ID')
    expect(refusal({ ...usual(), ...previous, BFF_KEY_PREVIOUS_ID: 'bff-1' })).toContain(
      'must differ from BFF_KEY_ID',
    )
  })

  it.each(Object.keys(usual()))('has no default for %s', (name) => {
    expect(refusal({ ...usual(), [name]: undefined })).toContain(`${name}: is`)
  })

  it('takes every secret from a file, too', () => {
    expect(secretNames.toSorted()).toEqual([
      'BFF_KEY_PREVIOUS_SECRET',
      'BFF_KEY_SECRET',
      'DATABASE_URL',
      'OPERATOR_KEY_SECRET',
      'PORT_KEY_SECRET',
      'REAL_NAME_KEY_SECRET',
      'WECHAT_API_V2_KEY',
      'WECHAT_API_V3_KEY',
      'WECHAT_APP_SECRET',
      'WECHAT_MP_APP_SECRET',
    ])
  })

  it.each(['BFF_KEY_SECRET', 'BFF_KEY_PREVIOUS_SECRET', 'PORT_KEY_SECRET', 'OPERATOR_KEY_SECRET'])(
    'refuses a weak %s',
    (name) => {
      expect(refusal({ ...usual(), [name]: 'abc' })).toContain(`${name}: must be 32 random bytes`)
    },
  )

  it('refuses one secret for two purposes', () => {
    const one = secret()
    expect(refusal({ ...usual(), BFF_KEY_SECRET: one, PORT_KEY_SECRET: one })).toContain('differ')
  })

  it('refuses origins with a path, addresses with a query, and ports that are none', () => {
    expect(refusal({ ...usual(), CORE_ORIGIN: 'https://core.example/x' })).toContain('CORE_ORIGIN')
    expect(refusal({ ...usual(), BANK_URL: 'https://bank.example/?a=1' })).toContain('BANK_URL')
    expect(refusal({ ...usual(), SMS_URL: 'ftp://sms.example' })).toContain('SMS_URL')
    expect(refusal({ ...usual(), CORE_PORT: '0' })).toContain('CORE_PORT')
  })

  it('serves the console where a port is set for it, apart from all else', () => {
    expect(readConfig(usual()).console).toBeUndefined()
    expect(readConfig({ ...usual(), CONSOLE_PORT: '8096' }).console).toMatchObject({
      ...{ port: 8096, origin: 'http://127.0.0.1:8096', proxyCount: 0 },
    })
    const origin = 'https://office.example'
    expect(refusal({ ...usual(), CONSOLE_ORIGIN: origin })).toContain('CONSOLE_PORT')
    expect(refusal({ ...usual(), CORE_PORT: '8096', CONSOLE_PORT: '8096' })).toContain('differ')
    const far = { CONSOLE_PORT: '1', CONSOLE_ORIGIN: 'http://office.example' }
    expect(refusal({ ...usual(), ...far, NODE_ENV: 'production' })).toContain('CONSOLE_ORIGIN')
  })

  it('serves the keypad page where a port is set for it, apart from the signed calls', () => {
    expect(readConfig(usual()).keypad).toBeUndefined()
    expect(readConfig({ ...usual(), KEYPAD_PORT: '8088' }).keypad).toEqual({
      port: 8088,
      origin: 'http://127.0.0.1:8088',
      proxyCount: 0,
    })
    expect(
      readConfig({ ...usual(), KEYPAD_PORT: '1', KEYPAD_PROXIES: '2' }).keypad?.proxyCount,
    ).toBe(2)
    expect(refusal({ ...usual(), KEYPAD_PORT: '1', KEYPAD_PROXIES: '-1' })).toContain(
      'KEYPAD_PROXIES',
    )
    const origin = 'https://keypad.example'
    expect(readConfig({ ...usual(), KEYPAD_PORT: '1', KEYPAD_ORIGIN: origin }).keypad?.origin).toBe(
      origin,
    )
    expect(refusal({ ...usual(), KEYPAD_ORIGIN: origin })).toContain('KEYPAD_PORT')
    expect(refusal({ ...usual(), CORE_PORT: '8088', KEYPAD_PORT: '8088' })).toContain('differ')
    const production = { ...usual(), NODE_ENV: 'production', KEYPAD_PORT: '8088' }
    expect(refusal({ ...production, KEYPAD_ORIGIN: 'http://keypad.example' })).toBe(
      'KEYPAD_ORIGIN: must be https in production',
    )
  })

  it('takes a real-name provider with a key of its own, or none at all', () => {
    const key = { REAL_NAME_KEY_ID: 'face-1', REAL_NAME_KEY_SECRET: secret() }
    const all = { REAL_NAME_URL: 'https://face.example/v2', ...key }
    expect(readConfig({ ...usual(), ...all }).ports.realName).toEqual({
      url: 'https://face.example/v2',
      key: { keyId: 'face-1', algorithm: 'hmac-sha256', secret: key.REAL_NAME_KEY_SECRET },
    })
    for (const name of Object.keys(all)) {
      expect(refusal({ ...usual(), ...all, [name]: undefined })).toContain('all or none')
    }
    expect(refusal({ ...usual(), ...all, REAL_NAME_KEY_ID: 'bff-1' })).toContain('must differ')
    const previous = { BFF_KEY_PREVIOUS_ID: 'face-1', BFF_KEY_PREVIOUS_SECRET: secret() }
    expect(refusal({ ...usual(), ...all, ...previous })).toContain('must differ')
    const env = usual()
    const shared = { ...env, ...all, REAL_NAME_KEY_SECRET: env.PORT_KEY_SECRET }
    expect(refusal(shared)).toContain('differ')
    const production = { ...usual(), ...all, NODE_ENV: 'production' }
    expect(refusal({ ...production, REAL_NAME_URL: 'http://face.example' })).toBe(
      'REAL_NAME_URL: must be https in production',
    )
  })

  it('in production takes http on loopback alone', () => {
    const production = { ...usual(), NODE_ENV: 'production' }
    expect(readConfig(production).origin).toBe('http://127.0.0.1:8081')
    for (const name of ['CORE_ORIGIN', 'BANK_URL', 'ONE_CARD_URL', 'SMS_URL']) {
      const url = 'http://outside.example'
      expect(refusal({ ...production, [name]: url })).toBe(`${name}: must be https in production`)
      expect(readConfig({ ...production, [name]: 'https://outside.example' })).toBeDefined()
      expect(readConfig({ ...usual(), [name]: url })).toBeDefined()
    }
  })
})

describe('readCommandConfig', () => {
  it('needs no BFF key', () => {
    const { BFF_KEY_ID, BFF_KEY_SECRET, ...rest } = usual()
    expect(readCommandConfig(rest).ports.key.keyId).toBe('core-1')
    expect(() => readCommandConfig({ ...rest, BANK_URL: '' })).toThrow(ConfigError)
  })
})

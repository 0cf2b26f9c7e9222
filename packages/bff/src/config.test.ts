import { randomBytes } from 'node:crypto'
import { ConfigError } from '@campus-ecode/service/settings'
import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const secret = () => randomBytes(32).toString('base64url')
const env = () => ({ BFF_KEY_ID: 'bff-1', BFF_KEY_SECRET: secret(), SESSION_KEY: secret() })

function refusalOf(change: Record<string, string | undefined>): string {
  try {
    readConfig({ ...env(), ...change })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  return 'accepted'
}

describe('the configuration', () => {
  it('needs only its secrets on a developer’s machine', () => {
    const config = readConfig(env())
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      origin: 'http://127.0.0.1:8080',
      coreOrigin: 'http://127.0.0.1:8081',
      sessionKeyPrevious: undefined,
      proxyCount: 0,
      keypadOrigin: 'http://127.0.0.1:8088',
      wechatScriptOrigin: 'https://res.wx.qq.com',
    })
    expect(config.sdkDir).toMatch(/packages\/sdk\/dist$/)
    expect(readConfig({ ...env(), PORT: '9000' }).origin).toBe('http://127.0.0.1:9000')
    expect(readConfig({ ...env(), SESSION_KEY_PREVIOUS: '' }).sessionKeyPrevious).toBeUndefined()
  })

  it.each(['BFF_KEY_ID', 'BFF_KEY_SECRET', 'SESSION_KEY'])('refuses to run without %s', (name) => {
    expect(refusalOf({ [name]: undefined })).toMatch(new RegExp(`^${name}: is required`))
  })

  it.each(['BFF_KEY_SECRET', 'SESSION_KEY', 'SESSION_KEY_PREVIOUS'])(
    'refuses a weak %s',
    (name) => {
      expect(refusalOf({ [name]: 'abc' })).toContain(`${name}: must be 32 random bytes`)
    },
  )

  it('refuses one secret in two places', () => {
    const same = secret()
    expect(refusalOf({ SESSION_KEY: same, BFF_KEY_SECRET: same })).toContain('SESSION_KEY')
    expect(refusalOf({ SESSION_KEY: same, SESSION_KEY_PREVIOUS: same })).toContain('SESSION_KEY')
  })

  it.each([
    ['PORT', '70000'],
    ['CORE_URL', 'https://core.example/path'],
    ['CORE_URL', 'core.example'],
    ['BFF_ORIGIN', 'ftp://bff.example'],
    ['LOG_LEVEL', 'everything'],
    ['BFF_KEY_ID', 'two words'],
    ['BFF_PROXIES', '-1'],
    ['KEYPAD_ORIGIN', 'https://keypad.bank.example/keypad'],
  ])('refuses %s=%s', (name, value) => {
    expect(refusalOf({ [name]: value })).toContain(name)
  })

  it('wants https in production, but on loopback', () => {
    const production = {
      NODE_ENV: 'production',
      BFF_ORIGIN: 'https://ecode.example',
      KEYPAD_ORIGIN: 'https://keypad.bank.example',
    }
    expect(refusalOf({ ...production, CORE_URL: 'http://core.example' })).toContain('CORE_URL')
    expect(refusalOf({ ...production, BFF_ORIGIN: 'http://ecode.example' })).toContain('BFF_ORIGIN')
    for (const name of ['KEYPAD_ORIGIN', 'WECHAT_SCRIPT_ORIGIN']) {
      expect(refusalOf({ ...production, [name]: 'http://a.example' })).toContain(name)
    }
    expect(refusalOf({ ...production, KEYPAD_ORIGIN: undefined })).toContain('KEYPAD_ORIGIN')
    expect(refusalOf({ ...production, CORE_URL: 'http://127.0.0.1.evil.example' })).toContain(
      'CORE_URL',
    )
    expect(refusalOf({ ...production, CORE_URL: 'https://core.example' })).toBe('accepted')
    expect(refusalOf({ ...production, CORE_URL: 'http://[::1]:8081' })).toBe('accepted')
    expect(refusalOf({ CORE_URL: 'http://core.example' })).toBe('accepted')
  })
})

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  ConfigError,
  type Env,
  isSafe,
  keyIdSchema,
  originSchema,
  parseSettings,
  readServerConfig,
  secretSchema,
  serverShape,
  urlSchema,
} from './settings.ts'

const schema = z.object({
  ...serverShape,
  KEY_ID: keyIdSchema.default('key-1'),
  SECRET: secretSchema.optional(),
  ORIGIN: originSchema.optional(),
  URL: urlSchema.optional(),
})

function refusalOf(env: Env): string {
  try {
    parseSettings(schema, env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  return 'accepted'
}

describe('a setting', () => {
  it.each([
    ['short', randomBytes(16).toString('base64url')],
    ['long', randomBytes(33).toString('base64url')],
    ['not base64url', '+'.repeat(43)],
    ['not canonical', `${'A'.repeat(42)}B`],
    ['not random', Buffer.alloc(32, 7).toString('base64url')],
  ])('is refused as a secret that is %s, without being repeated', (_, value) => {
    expect(refusalOf({ SECRET: value })).toMatch(/^SECRET: (must be|is not random)/)
    expect(refusalOf({ SECRET: value })).not.toContain(value)
    expect(refusalOf({ SECRET: randomBytes(32).toString('base64url') })).toBe('accepted')
  })

  it.each([
    ['ORIGIN', 'https://a.example/path'],
    ['ORIGIN', 'a.example'],
    ['ORIGIN', 'ftp://a.example'],
    ['URL', 'https://a.example/?b=1'],
    ['URL', 'ftp://a.example'],
    ['KEY_ID', 'two words'],
    ['METRICS_PORT', '0'],
    ['METRICS_PORT', '70000'],
    ['LOG_LEVEL', 'everything'],
  ])('is refused by name: %s=%s', (name, value) => {
    expect(refusalOf({ [name]: value })).toMatch(new RegExp(`^${name}: `))
  })

  it('names all that are wrong at once', () => {
    expect(refusalOf({ METRICS_PORT: '0', DRAIN_SECONDS: '-1' })).toMatch(/METRICS.*; DRAIN/)
  })
})

describe('what every server is told', () => {
  const read = (env: Env) => readServerConfig(parseSettings(schema, env))

  it('has a usual value for all of it, and takes an empty variable as none', () => {
    const usual = {
      host: '127.0.0.1',
      drainMs: 0,
      metrics: undefined,
      tracing: undefined,
      logLevel: 'info',
    }
    expect(read({})).toEqual(usual)
    expect(read({ HOST: '', METRICS_PORT: '' })).toEqual(usual)
  })

  it('is measured and traced where a port and a collector are named', () => {
    const env = { METRICS_PORT: '9101', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
    expect(read({ ...env, DRAIN_SECONDS: '2.5' })).toMatchObject({
      drainMs: 2_500,
      metrics: { host: '127.0.0.1', port: 9101 },
      tracing: { endpoint: 'http://collector:4318', ratio: 0.01 },
    })
  })
})

it('holds an address safe that is https or on loopback', () => {
  for (const url of ['https://a.example', 'http://127.0.0.1:1', 'http://[::1]:1/x']) {
    expect(isSafe(url)).toBe(true)
  }
  for (const url of ['http://a.example', 'http://127.0.0.1.a.example', 'http://localhost.a']) {
    expect(isSafe(url)).toBe(false)
  }
})

import { fileURLToPath } from 'node:url'
import {
  type Env,
  isSafe,
  keyIdSchema,
  originSchema,
  parseSettings,
  portSchema,
  proxyCountSchema,
  readServerConfig,
  type ServerConfig,
  secretSchema,
  serverShape,
} from '@campus-ecode/service/settings'
import { z } from 'zod'

/** May stand in files: `NAME_FILE` names one. */
export const secretNames = ['BFF_KEY_SECRET', 'SESSION_KEY', 'SESSION_KEY_PREVIOUS'] as const

/** What the BFF runs with; docs/bff.md has the table of names. */
export interface Config extends ServerConfig {
  port: number
  /** The origin that phones see, balancer included; proofs are checked against it. */
  origin: string
  coreOrigin: string
  coreKey: { keyId: string; secret: string }
  sessionKey: string
  sessionKeyPrevious: string | undefined
  sdkDir: string
  /** The built hosted page. */
  hostedDir: string
  /** How many proxies of ours a request passes, whose word on where it comes from is taken. */
  proxyCount: number
  /** Where the payment password is typed, which the hosted page frames. */
  keypadOrigin: string
  /** Where the hosted page loads WeChat's JS-SDK from. */
  wechatScriptOrigin: string
}

/**
 * Reads the environment and refuses what is unsafe. Throws ConfigError.
 *
 * Secrets have no defaults anywhere. With NODE_ENV=production an origin is https, or on loopback.
 */
export function readConfig(env: Env): Config {
  const values = parseSettings(envSchema, env)
  return {
    ...readServerConfig(values),
    port: values.PORT,
    origin: values.BFF_ORIGIN ?? `http://127.0.0.1:${values.PORT}`,
    coreOrigin: values.CORE_URL,
    coreKey: { keyId: values.BFF_KEY_ID, secret: values.BFF_KEY_SECRET },
    sessionKey: values.SESSION_KEY,
    sessionKeyPrevious: values.SESSION_KEY_PREVIOUS,
    sdkDir: values.SDK_DIR,
    hostedDir: fileURLToPath(new URL('../dist/hosted-page', import.meta.url)),
    proxyCount: values.BFF_PROXIES,
    keypadOrigin: values.KEYPAD_ORIGIN ?? `http://127.0.0.1:${values.KEYPAD_PORT}`,
    wechatScriptOrigin: values.WECHAT_SCRIPT_ORIGIN,
  }
}

const envSchema = z
  .object({
    ...serverShape,
    PORT: portSchema.default(8080),
    BFF_ORIGIN: originSchema.optional(),
    CORE_URL: originSchema.default('http://127.0.0.1:8081'),
    BFF_KEY_ID: keyIdSchema,
    BFF_KEY_SECRET: secretSchema,
    SESSION_KEY: secretSchema,
    SESSION_KEY_PREVIOUS: secretSchema.optional(),
    SDK_DIR: z.string().default(fileURLToPath(new URL('../../sdk/dist', import.meta.url))),
    BFF_PROXIES: proxyCountSchema,
    KEYPAD_ORIGIN: originSchema.optional(),
    KEYPAD_PORT: portSchema.default(8088),
    WECHAT_SCRIPT_ORIGIN: originSchema.default('https://res.wx.qq.com'),
  })
  .superRefine((values, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message })
    const secrets = [values.BFF_KEY_SECRET, values.SESSION_KEY, values.SESSION_KEY_PREVIOUS]
    const given = secrets.filter((secret) => secret !== undefined)
    if (new Set(given).size < given.length)
      refuse('SESSION_KEY', 'must differ from every other key')
    if (values.NODE_ENV !== 'production') return
    if (values.KEYPAD_ORIGIN === undefined) refuse('KEYPAD_ORIGIN', 'is required in production')
    for (const name of [
      'BFF_ORIGIN',
      'CORE_URL',
      'KEYPAD_ORIGIN',
      'WECHAT_SCRIPT_ORIGIN',
    ] as const) {
      const origin = values[name]
      if (origin && !isSafe(origin)) refuse(name, 'must be https in production')
    }
  })

import { fileURLToPath } from 'node:url'
import { authorityOf } from '@campus-ecode/protocol/request-target'
import { KEY_ID_PATTERN } from '@campus-ecode/protocol/signing-key'
import type { MetricsConfig } from '@campus-ecode/service/metrics-server'
import type { TracingConfig } from '@campus-ecode/service/tracing'
import { z } from 'zod'

/** May stand in files: `NAME_FILE` names one. */
export const secretNames = ['BFF_KEY_SECRET', 'SESSION_KEY', 'SESSION_KEY_PREVIOUS'] as const

/** What the BFF runs with; docs/bff.md has the table of names. */
export interface Config {
  host: string
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
  /** How long it serves on once it is to stop and says so at /readyz. */
  drainMs: number
  /** Where Prometheus asks; nowhere when no port is set. */
  metrics: MetricsConfig | undefined
  /** Where spans go; nowhere when no collector is named. */
  tracing: TracingConfig | undefined
  logLevel: string
}

/** Carries the names of the variables that are wrong and why, never their values. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Reads the environment and refuses what is unsafe. Throws ConfigError.
 *
 * Secrets have no defaults anywhere. With NODE_ENV=production an origin is https, or on loopback.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  // An empty variable is how shells and compose files spell "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    )
  }
  const values = parsed.data
  return {
    host: values.HOST,
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
    drainMs: values.DRAIN_SECONDS * 1_000,
    metrics:
      values.METRICS_PORT === undefined
        ? undefined
        : { host: values.METRICS_HOST, port: values.METRICS_PORT },
    tracing:
      values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : {
            endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
            ratio: values.OTEL_TRACES_SAMPLER_ARG,
          },
    logLevel: values.LOG_LEVEL,
  }
}

const originSchema = z.string().transform((value, context) => {
  try {
    authorityOf(value)
    return new URL(value).origin
  } catch {
    context.addIssue({ code: 'custom', message: 'must be http(s)://host[:port] and nothing more' })
    return z.NEVER
  }
})

const secretSchema = z
  .string({ error: 'is required: 32 random bytes as base64url' })
  .refine((value) => /^[\w-]{43}$/.test(value) && isCanonical(value), {
    error: 'must be 32 random bytes as base64url',
  })
  .refine((value) => new Set(Buffer.from(value, 'base64url')).size >= 16, {
    error: 'is not random',
  })

const envSchema = z
  .object({
    NODE_ENV: z.string().optional(),
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65535).default(8080),
    BFF_ORIGIN: originSchema.optional(),
    CORE_URL: originSchema.default('http://127.0.0.1:8081'),
    BFF_KEY_ID: z
      .string({ error: 'is required: the id under which the core knows this key' })
      .regex(KEY_ID_PATTERN),
    BFF_KEY_SECRET: secretSchema,
    SESSION_KEY: secretSchema,
    SESSION_KEY_PREVIOUS: secretSchema.optional(),
    SDK_DIR: z.string().default(fileURLToPath(new URL('../../sdk/dist', import.meta.url))),
    METRICS_HOST: z.string().default('127.0.0.1'),
    METRICS_PORT: z.coerce.number().int().min(1).max(65535).optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
    OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.01),
    DRAIN_SECONDS: z.coerce.number().min(0).max(60).default(0),
    BFF_PROXIES: z.coerce.number().int().min(0).max(9).default(0),
    KEYPAD_ORIGIN: originSchema.optional(),
    KEYPAD_PORT: z.coerce.number().int().min(1).max(65535).default(8088),
    WECHAT_SCRIPT_ORIGIN: originSchema.default('https://res.wx.qq.com'),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
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

function isSafe(origin: string): boolean {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'https:' || /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname)
}

function isCanonical(value: string): boolean {
  return Buffer.from(value, 'base64url').toString('base64url') === value
}

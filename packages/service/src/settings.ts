import { authorityOf } from '@campus-ecode/protocol/request-target'
import { KEY_ID_PATTERN } from '@campus-ecode/protocol/signing-key'
import { z } from 'zod'
import type { MetricsConfig } from './metrics-server.ts'
import type { TracingConfig } from './tracing.ts'

export type Env = Record<string, string | undefined>

/** Carries the names of the variables that are wrong and why, never their values. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Reads the environment by a schema. Throws ConfigError. */
export function parseSettings<S extends z.ZodType>(schema: S, env: Env): z.output<S> {
  // An empty variable is how shells and compose files spell "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  )
}

export const portSchema = z.coerce.number().int().min(1).max(65_535)

/** How many proxies of ours a request passes, whose word on where it comes from is taken. */
export const proxyCountSchema = z.coerce.number().int().min(0).max(9).default(0)

export const keyIdSchema = z
  .string({ error: 'is required: the id of the key' })
  .regex(KEY_ID_PATTERN, { error: 'is not a key id' })

export const secretSchema = z
  .string({ error: 'is required: 32 random bytes as base64url' })
  .refine((value) => /^[\w-]{43}$/.test(value) && isCanonical(value), {
    error: 'must be 32 random bytes as base64url',
  })
  .refine((value) => new Set(Buffer.from(value, 'base64url')).size >= 16, {
    error: 'is not random',
  })

export const urlSchema = z
  .url({ protocol: /^https?$/, error: 'is required: the address of the system' })
  .refine((value) => URL.canParse(value) && new URL(value).search === '', {
    error: 'must have no query',
  })

export const originSchema = z.string().transform((value, context) => {
  try {
    authorityOf(value)
    return new URL(value).origin
  } catch {
    context.addIssue({ code: 'custom', message: 'must be http(s)://host[:port] and nothing more' })
    return z.NEVER
  }
})

/** In production an address is https, or on loopback. */
export function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname)
}

/** What every server is told; docs/operations.md has the table of names. */
export const serverShape = {
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: portSchema.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlSchema.optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.01),
  DRAIN_SECONDS: z.coerce.number().min(0).max(60).default(0),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
}

export interface ServerConfig {
  host: string
  /** How long it serves on once it is to stop and says so at /readyz. */
  drainMs: number
  /** Where Prometheus asks; nowhere when no port is set. */
  metrics: MetricsConfig | undefined
  /** Where spans go; nowhere when no collector is named. */
  tracing: TracingConfig | undefined
  logLevel: string
}

export function readServerConfig(values: z.output<z.ZodObject<typeof serverShape>>): ServerConfig {
  const { METRICS_HOST: host, METRICS_PORT: port } = values
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = values
  return {
    host: values.HOST,
    drainMs: values.DRAIN_SECONDS * 1_000,
    metrics: port === undefined ? undefined : { host, port },
    tracing: endpoint === undefined ? undefined : { endpoint, ratio },
    logLevel: values.LOG_LEVEL,
  }
}

function isCanonical(value: string): boolean {
  return Buffer.from(value, 'base64url').toString('base64url') === value
}

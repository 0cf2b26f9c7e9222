import { join } from 'node:path'
import { z } from 'zod'

const portSchema = z.coerce.number().int().min(1).max(65535)
const originSchema = z.url({ protocol: /^https?$/ }).transform((value) => new URL(value).origin)

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  ORDERING_PORT: portSchema.default(8091),
  DATA_DIR: z.string().default('.data'),
  KEYPAD_PORT: portSchema.default(8088),
  KEYPAD_ORIGIN: originSchema.optional(),
})

export interface Config {
  host: string
  port: number
  /** Holds where BFF and core are, the school's secret and the merchant's key. */
  demoFile: string
  /** Holds the orders of this canteen. */
  bookFile: string
  /** Where the payment password is typed; the widget frames it. */
  keypadOrigin: string
}

/** Reads the environment. Throws with the names of what is wrong. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const { HOST, ORDERING_PORT, DATA_DIR, KEYPAD_PORT, KEYPAD_ORIGIN } = parsed.data
  return {
    host: HOST,
    port: ORDERING_PORT,
    demoFile: join(DATA_DIR, 'demo.json'),
    bookFile: join(DATA_DIR, 'ordering-orders.jsonl'),
    keypadOrigin: KEYPAD_ORIGIN ?? `http://127.0.0.1:${KEYPAD_PORT}`,
  }
}

import { join } from 'node:path'
import { z } from 'zod'

const originSchema = z
  .url({ protocol: /^https?$/ })
  .refine((value) => new URL(value).href === `${new URL(value).origin}/`, {
    error: 'must be an origin: http(s)://host[:port]',
  })
  .transform((value) => new URL(value).origin)

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  DEMO_PORT: z.coerce.number().int().min(1).max(65535).default(8082),
  DATA_DIR: z.string().default('.data'),
  BFF_URL: originSchema.default('http://127.0.0.1:8080'),
  SANDBOX_URL: originSchema.optional(),
  POS_URL: originSchema.optional(),
  GATE_URL: originSchema.optional(),
  SHOWER_URL: originSchema.optional(),
  ORDERING_URL: originSchema.optional(),
  CONSOLE_ORIGIN: originSchema.optional(),
  CONSOLE_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  WECHAT_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  KEYPAD_ORIGIN: originSchema.optional(),
  KEYPAD_PORT: z.coerce.number().int().min(1).max(65535).optional(),
})

/** What the demo's host pages run with. */
export interface DemoConfig {
  host: string
  port: number
  demoFile: string
  bffUrl: string
  sandboxUrl: string
  posUrl: string
  gateUrl: string
  showerUrl: string
  orderingUrl: string
  /** The school's console, and the file that has its accounts. */
  consoleUrl: string
  consoleFile: string
  /** WeChat, as the sandbox plays it. */
  wechatUrl: string
  /** Where the payment password is typed; the phone page frames it. */
  keypadUrl: string
}

/** Reads the environment. Throws with the names of what is wrong. */
export function readDemoConfig(env: Record<string, string | undefined>): DemoConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const values = parsed.data
  const port = values.DEMO_PORT
  return {
    host: values.HOST,
    port,
    demoFile: join(values.DATA_DIR, 'demo.json'),
    bffUrl: values.BFF_URL,
    sandboxUrl: values.SANDBOX_URL ?? `http://127.0.0.1:${port + 1}`,
    posUrl: values.POS_URL ?? `http://127.0.0.1:${port + 2}`,
    gateUrl: values.GATE_URL ?? `http://127.0.0.1:${port + 8}`,
    showerUrl: values.SHOWER_URL ?? `http://127.0.0.1:${port + 10}`,
    orderingUrl: values.ORDERING_URL ?? `http://127.0.0.1:${port + 9}`,
    consoleUrl: values.CONSOLE_ORIGIN ?? `http://127.0.0.1:${values.CONSOLE_PORT ?? port + 14}`,
    consoleFile: join(values.DATA_DIR, 'console.json'),
    wechatUrl: `http://127.0.0.1:${values.WECHAT_PORT ?? port + 7}`,
    keypadUrl: values.KEYPAD_ORIGIN ?? `http://127.0.0.1:${values.KEYPAD_PORT ?? port + 6}`,
  }
}

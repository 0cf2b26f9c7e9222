import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const portSchema = z.coerce.number().int().min(0).max(65_535)

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: portSchema.default(8083),
  BANK_PORT: portSchema.default(8086),
  ONE_CARD_PORT: portSchema.default(8087),
  UTILITY_PORT: portSchema.default(8093),
  DATA_DIR: z.string().default('.data'),
  PORT_KEY_ID: z.string(),
  PORT_KEY_SECRET: z.string(),
  /** All three, or there is no real-name provider. */
  REAL_NAME_KEY_ID: z.string().optional(),
  REAL_NAME_KEY_SECRET: z.string().optional(),
  CORE_URL: z.url().optional(),
  /** R36: whom the library asks whose a ticket is. */
  BFF_URL: z.url().optional(),
  /** R27: all of them, as the core has them too, or there is no WeChat. */
  WECHAT_PORT: portSchema.optional(),
  WECHAT_APP_ID: z.string().optional(),
  WECHAT_APP_SECRET: z.string().optional(),
  WECHAT_MCH_ID: z.string().optional(),
  WECHAT_API_V3_KEY: z.string().optional(),
  WECHAT_API_V2_KEY: z.string().optional(),
  /** Both, or there is no mini-program. */
  WECHAT_MP_APP_ID: z.string().optional(),
  WECHAT_MP_APP_SECRET: z.string().optional(),
  /** Hosts that the account has registered at WeChat for web authorisation and JS-SDK: 127.0.0.1, else with commas. */
  WECHAT_DOMAINS: z.string().optional(),
  /** A page of the school's own in the account's menu. */
  OFFICIAL_ACCOUNT_URL: z.url().optional(),
  /** What the merchant downloads of WeChat is put here. */
  WECHAT_KEYS_DIR: z.string().optional(),
  ACCOUNTS_FILE: z
    .string()
    .default(fileURLToPath(new URL('../demo/outside-accounts.json', import.meta.url))),
})
export type Config = z.infer<typeof envSchema>

/** Reads the environment; throws an error that names what is wrong and no value. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = envSchema.safeParse(env)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The sandbox cannot start: ${names.join('; ')}`)
}

import { join } from 'node:path'
import { z } from 'zod'

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  SHOWER_PORT: z.coerce.number().int().min(1).max(65535).default(8092),
  DATA_DIR: z.string().default('.data'),
  DEMO_URL: z
    .url({ protocol: /^https?$/ })
    .transform((value) => new URL(value).origin)
    .optional(),
})

export interface Config {
  host: string
  port: number
  /** Holds where the core is and the showers' keys. */
  demoFile: string
  /** Holds a folder for each shower. */
  showersDir: string
  /** Origin of a page that shows this one in a frame; none when absent. */
  frameOrigin: string | undefined
}

/** Reads the environment. Throws with the names of what is wrong. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const { HOST, SHOWER_PORT, DATA_DIR, DEMO_URL } = parsed.data
  return {
    host: HOST,
    port: SHOWER_PORT,
    demoFile: join(DATA_DIR, 'demo.json'),
    showersDir: join(DATA_DIR, 'showers'),
    frameOrigin: DEMO_URL,
  }
}

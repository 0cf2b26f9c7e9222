import { join } from 'node:path'
import { z } from 'zod'

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  GATE_PORT: z.coerce.number().int().min(1).max(65535).default(8090),
  DATA_DIR: z.string().default('.data'),
  DEMO_URL: z
    .url({ protocol: /^https?$/ })
    .transform((value) => new URL(value).origin)
    .optional(),
})

export interface Config {
  host: string
  port: number
  /** Holds where the core is, the gates' keys and the school's root key. */
  demoFile: string
  /** Holds a folder for each gate. */
  gatesDir: string
  /** Origin of a page that shows this gate in a frame; none when absent. */
  frameOrigin: string | undefined
}

/** Reads the environment. Throws with the names of what is wrong. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const { HOST, GATE_PORT, DATA_DIR, DEMO_URL } = parsed.data
  return {
    host: HOST,
    port: GATE_PORT,
    demoFile: join(DATA_DIR, 'demo.json'),
    gatesDir: join(DATA_DIR, 'gates'),
    frameOrigin: DEMO_URL,
  }
}

import { readFileSync } from 'node:fs'

const NAMES = [
  'DATABASE_URL',
  'BFF_KEY_SECRET',
  'BFF_KEY_PREVIOUS_SECRET',
  'PORT_KEY_SECRET',
  'REAL_NAME_KEY_SECRET',
  'WECHAT_APP_SECRET',
  'WECHAT_API_V3_KEY',
  'WECHAT_API_V2_KEY',
] as const

type Env = Record<string, string | undefined>

/**
 * Takes secrets from files where `NAME_FILE` is set, as Docker and Kubernetes mount them: so they stand in no
 * environment that a crash report or `ps` may show. Throws with the name of a file that cannot be read.
 */
export function readSecretFiles(env: Env, names: readonly string[] = NAMES): Env {
  const read: Env = {}
  for (const name of names) {
    const path = env[`${name}_FILE`]
    if (!path || env[name]) continue
    try {
      read[name] = readFileSync(path, 'utf8').trim()
    } catch (error) {
      throw new Error(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`)
    }
  }
  return { ...env, ...read }
}

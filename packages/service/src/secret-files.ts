import { readFileSync } from 'node:fs'
import { ConfigError, type Env } from './settings.ts'

/**
 * Takes secrets from files where `NAME_FILE` is set, as Docker and Kubernetes mount them: so they stand in no
 * environment that a crash report or `ps` may show. Throws ConfigError, which names the setting whose
 * file cannot be read.
 */
export function readSecretFiles(env: Env, names: readonly string[]): Env {
  const read: Env = {}
  for (const name of names) {
    const path = env[`${name}_FILE`]
    if (!path || env[name]) continue
    try {
      read[name] = readFileSync(path, 'utf8').trim()
    } catch (error) {
      throw new ConfigError(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`)
    }
  }
  return { ...env, ...read }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import type { SharedKey } from '../core-key.ts'
import type { AccessOptions } from './parse-command.ts'
import { UsageError } from './usage-error.ts'

/**
 * Finds out which core and which terminal: from a demo.json, or from the environment when
 * TERMINAL_KEY_ID is set there and no demo.json was named. Throws UsageError.
 */
export async function readAccess(
  { demo: path, terminal: id }: AccessOptions,
  env: Record<string, string | undefined>,
): Promise<{ coreUrl: string } & SharedKey> {
  const { TERMINAL_KEY_ID: keyId, TERMINAL_SECRET_FILE: secretFile, CORE_URL: coreUrl } = env
  if (keyId && path === undefined && id === undefined) {
    if (!coreUrl || !secretFile) {
      throw new UsageError('TERMINAL_KEY_ID needs CORE_URL and TERMINAL_SECRET_FILE beside it')
    }
    const secret = (await readText(secretFile, 'TERMINAL_SECRET_FILE')).trim()
    return { coreUrl, keyId, secret }
  }
  const demo = await readDemo(path ?? join(env.DATA_DIR || '.data', 'demo.json'))
  const terminal =
    id === undefined ? demo.terminals[0] : demo.terminals.find((candidate) => candidate.id === id)
  if (!terminal) throw new UsageError('there is no such terminal in demo.json')
  return { coreUrl: demo.coreUrl, keyId: terminal.keyId, secret: terminal.secret }
}

/** Throws UsageError, with a message that holds none of the file. */
export async function readDemo(path: string): Promise<Demo> {
  const text = await readText(path, 'demo.json')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    content = undefined
  }
  const read = demoSchema.safeParse(content)
  if (!read.success) throw new UsageError('demo.json is not in the documented form')
  return read.data
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new UsageError(`${name} cannot be read; is the demo running (npm start)?`)
  }
}

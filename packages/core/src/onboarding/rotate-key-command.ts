import { parseArgs } from 'node:util'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { type KeyOwner, rotateKey } from './rotate-key.ts'
import { tellOnce } from './tell-once.ts'

export const ROTATE_KEY_USAGE = `ecode rotate-key --school SCHOOL [--terminal ID | --gate ID] --out KEY.json [--grace-hours 24]
  A new key for a terminal or a gate, or, without either, a new secret for the school's server. The one before stays good
  beside it for so long; 0, where somebody else may have it, ends it within three seconds.`

/** `ecode rotate-key`; works beside a running core. */
export async function runRotateKey(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { owner, out, graceSeconds } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const { previousEndsAt } = await tellOnce(out, async (tell) => {
      const rotated = await rotateKey(services, owner, graceSeconds, {
        tell: ({ keyId, secret }) => tell({ keyId, secret }),
      })
      if (!rotated) throw new UsageError('nobody of that id has a key')
      return rotated
    })
    print(`the new one is in ${out}; the one before is good until ${previousEndsAt.toISOString()}`)
  } finally {
    await close()
  }
}

function parseOptions(args: string[]): { owner: KeyOwner; out: string; graceSeconds: number } {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      args,
      options: {
        ...{ school: text, terminal: text, gate: text, out: text },
        'grace-hours': { type: 'string', default: '24' },
      },
    })
    const { school: schoolId, terminal, gate, out } = values
    if (!schoolId || !out) throw new Error('say --school and --out KEY.json')
    if (terminal !== undefined && gate !== undefined) throw new Error('a terminal or a gate')
    const hours = Number(values['grace-hours'])
    if (!(hours >= 0 && hours <= 720)) throw new Error('--grace-hours is from 0 to 720')
    const graceSeconds = Math.round(hours * 3_600)
    const id = terminal ?? gate
    if (id === undefined) return { owner: { kind: 'school', schoolId }, out, graceSeconds }
    if (!/^[\da-f-]{36}$/.test(id)) throw new Error('an id is a UUID')
    const kind = terminal === undefined ? 'gate' : 'terminal'
    return { owner: { kind, schoolId, id }, out, graceSeconds }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

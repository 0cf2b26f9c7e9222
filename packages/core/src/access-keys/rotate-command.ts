import { parseArgs } from 'node:util'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { rotateIssuerKey } from './rotate-issuer-key.ts'

export const ROTATE_USAGE = `ecode rotate-access-key --school SCHOOL [--withdraw]
  Lets the next key sign access credentials from now on; gates know it already.
  --withdraw takes the key before away, and all before it: for a key that somebody else may have. All access codes end
  where gates learn of it, until phones have been online.`

/** `ecode rotate-access-key`; works beside a running core. */
export async function runRotateAccessKey(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { school, withdraw } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const rotation = await rotateIssuerKey(services, school, { withdraw })
    if (rotation === 'unknown_school') throw new UsageError(`there is no school ${school}`)
    if (rotation === 'too_often') {
      throw new UsageError(
        'the key set is full of keys that are still believed: wait, or --withdraw',
      )
    }
    const { endedKeyId, presentKeyId, keysSeq } = rotation
    print(`key ${presentKeyId} signs now, key set ${keysSeq}`)
    print(
      withdraw
        ? `key ${endedKeyId} is withdrawn, and all before it: see \`ecode revocations\` for the gates that do not know yet`
        : `key ${endedKeyId} signs no more; what it signed is believed until its end`,
    )
  } finally {
    await close()
  }
}

function parseOptions(args: string[]): { school: string; withdraw: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: { school: { type: 'string' }, withdraw: { type: 'boolean', default: false } },
    })
    if (!values.school) throw new Error('name a --school')
    return { school: values.school, withdraw: values.withdraw }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

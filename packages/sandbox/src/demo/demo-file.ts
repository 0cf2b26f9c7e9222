import { readFile } from 'node:fs/promises'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'

/**
 * `$DATA_DIR/demo.json` as it is now, or undefined while nobody has written it yet. Throws for a
 * file that is not a demo.
 */
export async function readDemoFile(path: string): Promise<Demo | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : demoSchema.parse(JSON.parse(text))
}

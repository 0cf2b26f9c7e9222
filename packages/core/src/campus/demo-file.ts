import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'

/** The file as it is there now; undefined when there is none or it is none of ours. */
export async function readDemoFile(path: string): Promise<Demo | undefined> {
  try {
    return demoSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Replaces the file in one step. It holds secrets, so only its owner may read it. */
export async function writeDemoFile(path: string, demo: Demo): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(demoSchema.parse(demo), null, 2)}\n`)
    await file.sync()
    await file.close()
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

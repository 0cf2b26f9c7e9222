import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GateFolderInUse, lockFolder } from './lock-folder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-gate-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Another process that listens where a lock does, until it is killed. */
async function startHolder() {
  const script = join(dir, 'holder.mjs')
  writeFileSync(
    script,
    `import { createServer } from 'node:net'
     createServer().listen(process.argv[2], () => process.send('listening'))`,
  )
  const holder = fork(script, [join(dir, 'lock')])
  await once(holder, 'message')
  return holder
}

it('is refused while another process has it, and taken over when that was killed', async () => {
  const holder = await startHolder()
  await expect(lockFolder(dir)).rejects.toThrow(GateFolderInUse)
  const ended = once(holder, 'exit')
  holder.kill('SIGKILL')
  await ended
  const unlock = await lockFolder(dir)
  await expect(lockFolder(dir)).rejects.toThrow(GateFolderInUse)
  await unlock()
  await unlock()
  await (await lockFolder(dir))()
})

it('is taken over by one at most of many that begin at once', async () => {
  const holder = await startHolder()
  const ended = once(holder, 'exit')
  holder.kill('SIGKILL')
  await ended
  const locks = await Promise.allSettled(Array.from({ length: 5 }, () => lockFolder(dir)))
  const held = locks.flatMap((lock) => (lock.status === 'fulfilled' ? [lock.value] : []))
  expect(held.length).toBeLessThanOrEqual(1)
  for (const unlock of held) await unlock()
})

it('works in a folder whose path is too long for a socket', async () => {
  const deep = join(dir, 'd'.repeat(120))
  mkdirSync(deep)
  const unlock = await lockFolder(deep)
  await expect(lockFolder(deep)).rejects.toThrow(GateFolderInUse)
  await unlock()
})

import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReplayMemory } from './replay-memory.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-gate-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const NOW = 1_795_399_200
const seen = (n: number) => ({
  credential: Buffer.from(String(n).padStart(8, '0')).toString('base64url'),
  shownAt: NOW + n,
})
const bytesOnDisk = () =>
  ['seen-a.bin', 'seen-b.bin'].reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)

describe('the memory of whom a gate has let in', () => {
  it('is on disk when it says so, and known after a restart', async () => {
    const memory = await openReplayMemory(dir)
    await memory.add(seen(1), NOW, 60)
    // Not closed: as after a power cut.
    const after = await openReplayMemory(dir)
    expect(after.letInAt(seen(1))).toBe(NOW)
    expect(after.letInAt(seen(2))).toBeUndefined()
    expect(after.letInAt({ ...seen(1), shownAt: NOW })).toBeUndefined()
    await memory.close()
    await after.close()
  })

  it('knows at once, while the disk is still busy', async () => {
    const memory = await openReplayMemory(dir)
    const written = memory.add(seen(1), NOW, 60)
    expect(memory.letInAt(seen(1))).toBe(NOW)
    await written
    await memory.close()
  })

  it('survives an entry that a power cut left in part', async () => {
    const memory = await openReplayMemory(dir)
    await memory.add(seen(1), NOW, 60)
    await memory.close()
    appendFileSync(join(dir, 'seen-a.bin'), Buffer.alloc(7, 1))
    const second = await openReplayMemory(dir)
    await second.add(seen(2), NOW + 1, 60)
    await second.close()
    const third = await openReplayMemory(dir)
    expect([third.letInAt(seen(1)), third.letInAt(seen(2))]).toEqual([NOW, NOW + 1])
    await third.close()
  })

  it('stays small: what is over goes, from disk too, and nothing else', async () => {
    let memory = await openReplayMemory(dir)
    for (let second = 0; second < 600; second++) {
      await memory.add(seen(second), NOW + second, 60)
      if (second % 97 === 0) {
        await memory.close()
        memory = await openReplayMemory(dir)
      }
      for (let age = 0; age <= Math.min(60, second); age++) {
        expect(memory.letInAt(seen(second - age))).toBe(NOW + second - age)
      }
    }
    expect(bytesOnDisk()).toBeLessThanOrEqual(16 * 3 * 61)
    expect(memory.letInAt(seen(400))).toBeUndefined()
    await memory.close()
  })

  it('writes together what comes together', async () => {
    const memory = await openReplayMemory(dir)
    await Promise.all(Array.from({ length: 50 }, (_, n) => memory.add(seen(n), NOW, 60)))
    const after = await openReplayMemory(dir)
    for (let n = 0; n < 50; n++) expect(after.letInAt(seen(n))).toBe(NOW)
    await memory.close()
    await after.close()
  })
})

import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GateRecord } from '@campus-ecode/protocol/gate-api'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRecordQueue, type RecordQueue } from './record-queue.ts'

let dir: string
let dropped: number
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-gate-'))
  dropped = 0
})
afterEach(() => rmSync(dir, { recursive: true }))

const open = (recordsMax = 1_000) =>
  openRecordQueue(dir, {
    recordsMax,
    onDropped(count) {
      dropped += count
    },
  })
const path = () => join(dir, 'records.jsonl')

function createRecord(): GateRecord {
  return {
    recordId: v7(),
    at: '2026-11-23T02:00:00.000Z',
    result: 'opened',
    refusal: null,
    credential: 'zEskivflZdY',
    shownAt: '2026-11-23T01:59:57.000Z',
    purpose: 'door',
    context: 0,
  }
}

async function addMany(queue: RecordQueue, count: number): Promise<GateRecord[]> {
  const records = Array.from({ length: count }, createRecord)
  await Promise.all(records.map((record) => queue.add(record)))
  return records
}

describe('records that wait for a network', () => {
  it('are on disk when it says so, in order, and there after a restart', async () => {
    const queue = await open()
    const records = await addMany(queue, 3)
    const after = await open()
    expect(after.peek(10)).toEqual(records)
    expect(after.peek(2)).toEqual(records.slice(0, 2))
    expect(statSync(path()).mode & 0o077).toBe(0)
    await queue.close()
    await after.close()
  })

  it('go when they are done with, and leave an empty file', async () => {
    const queue = await open()
    const records = await addMany(queue, 3)
    await queue.remove(records.slice(0, 2))
    expect(queue.peek(10)).toEqual(records.slice(2))
    await queue.remove(records.slice(2))
    expect([queue.length, statSync(path()).size]).toEqual([0, 0])
    await queue.close()
  })

  it('come again when the power went before they were taken off: the core knows them', async () => {
    const queue = await open()
    const records = await addMany(queue, 3)
    await queue.remove(records.slice(0, 1))
    const after = await open()
    expect(after.peek(10)).toEqual(records)
    await queue.close()
    await after.close()
  })

  it('survive a line that a power cut left in part, or that the disk has spoilt', async () => {
    const first = await open()
    const records = await addMany(first, 1)
    await first.close()
    appendFileSync(path(), '{"recordId":"019\n{"recordId":"019')
    const second = await open()
    const more = await addMany(second, 1)
    await second.close()
    const third = await open()
    expect(third.peek(10)).toEqual([...records, ...more])
    await third.close()
  })

  it('are bounded: the oldest go, and that is told', async () => {
    const queue = await open(10)
    const records = await addMany(queue, 15)
    expect(queue.peek(20)).toEqual(records.slice(5))
    expect(dropped).toBe(5)
    await queue.close()
  })

  it('do not pile up on disk behind what is done with, while more come', async () => {
    const queue = await open()
    let total = 0
    for (let round = 0; round < 250; round++) {
      const records = await addMany(queue, 40)
      total += records.reduce((sum, record) => sum + JSON.stringify(record).length, 0)
      // Two always stay behind, so that the file is never simply emptied.
      const adding = addMany(queue, 2)
      await queue.remove(queue.peek(queue.length - 4))
      await adding
    }
    expect(total).toBeGreaterThan(1.5 * 1024 * 1024)
    expect(statSync(path()).size).toBeLessThan(1.3 * 1024 * 1024)
    const left = queue.peek(100)
    await queue.close()
    const after = await open()
    const stored = new Set(after.peek(10_000).map(({ recordId }) => recordId))
    for (const { recordId } of left) expect(stored).toContain(recordId)
    expect(readFileSync(path(), 'utf8').endsWith('\n')).toBe(true)
    await after.close()
  })

  it('stay where they are while the disk has no room for a tidier file', async () => {
    const queue = await open(20_000)
    const records = await addMany(queue, 6_000)
    mkdirSync(`${path()}.new`)
    await expect(queue.remove(records.slice(0, 5_900))).rejects.toThrow()
    const more = await addMany(queue, 1)
    rmSync(`${path()}.new`, { recursive: true })
    await queue.close()
    const after = await open(20_000)
    expect(after.peek(20_000)).toEqual([...records, ...more])
    await after.close()
  })
})

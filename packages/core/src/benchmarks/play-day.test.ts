import { expect, it } from 'vitest'
import { createTestDatabase } from '../db/testing/test-database.ts'
import { createMemoryKeys } from '../testing/memory-keys.ts'
import { playDay } from './play-day.ts'
import { PLANT_EVERY, plants } from './seed-channels.ts'

const COUNT = 4_000

it('R34: a day over four channels comes out in ledger, statement and files alike, each difference by its name', async () => {
  const db = await createTestDatabase()
  try {
    const day = await playDay({ db, keys: createMemoryKeys() }, COUNT)
    expect(day.wrong).toEqual([])
    expect(Object.keys(day.netFen).sort()).toEqual(['bank_card', 'one_card', 'wallet', 'wechat'])
    expect(day.entries).toBeGreaterThan(COUNT)
    // A day of any size is written so: told as it goes, and no more held than this.
    expect(day.rowsAtOnce).toBe(500)
    const planted = (COUNT / 4 / PLANT_EVERY) * plants.length
    for (const port of Object.values(day.outside)) {
      expect(port).toMatchObject({ planted, found: planted })
      expect(port.hereFen).not.toBe(port.thereFen)
    }
  } finally {
    await db.close()
  }
})

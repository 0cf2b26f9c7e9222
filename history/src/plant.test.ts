import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertPlantable, type Place, plantFault } from './plant.ts'
import { plantedFaults } from './planted-faults.ts'

let coreDir = ''
beforeEach(() => {
  coreDir = mkdtempSync(join(tmpdir(), 'campus-ecode-plant-'))
  for (const folder of ['dist', 'migrations']) mkdirSync(join(coreDir, folder))
  writeFileSync(join(coreDir, 'package.json'), '{}')
  writeFileSync(join(coreDir, 'dist/pay.js'), 'lock(); pay(); pay()')
})
afterEach(() => rmSync(coreDir, { recursive: true }))

const fault = (place: Omit<Place, 'file'>) => ({
  name: 'test',
  what: '',
  breaks: 'debits equal credits' as const,
  places: [{ file: 'dist/pay.js', ...place }],
})

describe('planting', () => {
  it('changes a copy and leaves the core as it is', () => {
    const planted = plantFault(fault({ find: 'lock(); ', replace: '$& $1' }), coreDir)
    expect(readFileSync(join(planted, 'dist/pay.js'), 'utf8')).toBe('$& $1pay(); pay()')
    expect(readFileSync(join(coreDir, 'dist/pay.js'), 'utf8')).toBe('lock(); pay(); pay()')
  })

  it.each([
    ['unlock()', 0],
    ['pay()', 2],
  ])('fails when %s stands there %i times', (find, count) => {
    const wrong = fault({ find, replace: '' })
    const message = `test cannot be planted: dist/pay.js has its place ${count} times`
    expect(() => plantFault(wrong, coreDir)).toThrow(message)
    expect(() => assertPlantable(wrong, coreDir)).toThrow(message)
  })

  it('has a name for each fault', () => {
    const names = plantedFaults.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(14)
  })
})

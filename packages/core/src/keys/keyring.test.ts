import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyring } from './keyring.ts'

let directory: string
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'keyring-')), 'keys')
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

describe('openKeyring', () => {
  it('makes a keyring once, for its owner alone, and reads the same one afterwards', async () => {
    const made = await openKeyring(directory)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'keyring.json'))).mode & 0o777).toBe(0o600)
    expect(await openKeyring(directory)).toEqual(made)
    const roots = [made.alias[0]?.key, made.agreement, made.data[0]?.key, made.index]
    expect(new Set(roots.map((key) => key?.toString('hex'))).size).toBe(4)
  })

  it('gives two processes that make it at once the same keys, and leaves no draft', async () => {
    const keyrings = await Promise.all([1, 2, 3, 4].map(() => openKeyring(directory)))
    for (const keyring of keyrings) expect(keyring).toEqual(keyrings[0])
    expect(await readdir(directory)).toEqual(['keyring.json'])
  })

  it('refuses a broken file without quoting or replacing it', async () => {
    await openKeyring(directory)
    const path = join(directory, 'keyring.json')
    for (const broken of ['{"index": "hidden-word', '{"format":"hidden-word"}', '']) {
      await writeFile(path, broken)
      const error = await openKeyring(directory).catch((e: Error) => e)
      expect(String(error)).toContain('is not a keyring')
      expect(JSON.stringify([error, (error as Error).stack])).not.toContain('hidden-word')
      expect(await readFile(path, 'utf8')).toBe(broken)
    }
  })
})

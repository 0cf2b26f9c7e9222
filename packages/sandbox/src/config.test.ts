import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { readConfig } from './config.ts'

afterEach(() => vi.restoreAllMocks())

test('the outside accounts are found from any working directory', () => {
  vi.spyOn(process, 'cwd').mockReturnValue(tmpdir())
  const { ACCOUNTS_FILE } = readConfig({ PORT_KEY_ID: 'core-1', PORT_KEY_SECRET: 'secret' })
  expect(ACCOUNTS_FILE).toMatch(/^(\/|[A-Z]:\\)/)
  expect(JSON.parse(readFileSync(ACCOUNTS_FILE, 'utf8'))).toHaveProperty('bank')
})

test('what is missing is named', () => {
  expect(() => readConfig({ PORT_KEY_ID: 'core-1' })).toThrow('PORT_KEY_SECRET')
})

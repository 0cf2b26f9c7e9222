import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorHelp } from './error-help.ts'
import { findErrorPage, writeErrorDocument } from './error-pages.ts'
import { errorTable } from './errors.ts'

test('every error has a cause and a fix of its own, in whole sentences', () => {
  // A code that you have added belongs in error-help.ts; then node scripts/write-errors.mjs
  expect(Object.keys(errorTable).filter((code) => !(code in errorHelp))).toEqual([])
  expect(Object.keys(errorHelp).filter((code) => !(code in errorTable))).toEqual([])
  const texts = Object.values(errorHelp).flat()
  for (const text of texts) expect(text).toMatch(/^[`A-Z].*[.?]$/s)
  const causes = Object.values(errorHelp).map(([cause]) => cause)
  expect(new Set(causes).size).toBe(causes.length)
})

test('docs/errors.md is written from the table, and none is missing', () => {
  const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  expect(document).toBe(writeErrorDocument())
  const titles = [...document.matchAll(/^### (\w+)$/gm)].map(([, code]) => code)
  expect(titles.sort()).toEqual(Object.keys(errorTable).sort())
})

test('what is no code has no page', () => {
  expect(findErrorPage('CODE_EXPIRED')).toMatchObject({ status: 410, retryable: false })
  expect(findErrorPage('toString')).toBeUndefined()
  expect(findErrorPage('code_expired')).toBeUndefined()
})

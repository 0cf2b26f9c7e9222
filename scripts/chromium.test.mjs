import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findChromium } from './chromium.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-chromium-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('takes the browser it is given', () => {
  const path = writeProgram('echo Chromium 140.0.0.0')
  expect(findChromium({ CHROMIUM_PATH: path })).toBe(path)
})

it.each([
  ['a program that is no browser', 'echo hello'],
  ["Ubuntu's package, which only points to a snap", 'echo requires the chromium snap >&2; exit 1'],
])('refuses %s, instead of quietly taking another', (_, script) => {
  const path = writeProgram(script)
  expect(() => findChromium({ CHROMIUM_PATH: path })).toThrow('CHROMIUM_PATH')
})

function writeProgram(script) {
  const path = join(folder, 'browser')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

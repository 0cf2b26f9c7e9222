import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeEngines } from './engines.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-engines-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function add(name, mode = 0o755) {
  writeFileSync(join(folder, name), '')
  chmodSync(join(folder, name), mode)
}

it('names what ran, and loudly what did not and how to get it', () => {
  expect(describeEngines(folder)).toBe(
    'engines: Chromium; NOT TESTED: Firefox (apt-get install firefox-esr), WebKit (apt-get install webkit2gtk-driver xvfb xauth)',
  )
  add('firefox-esr')
  add('WebKitWebDriver')
  expect(describeEngines(folder)).toMatch(/^engines: Chromium, Firefox; NOT TESTED: WebKit \(/)
  add('Xvfb')
  expect(describeEngines(folder)).toBe('engines: Chromium, Firefox, WebKit')
})

it('counts no program that cannot be run', () => {
  add('firefox-esr', 0o644)
  expect(describeEngines(folder)).toContain('NOT TESTED: Firefox')
})

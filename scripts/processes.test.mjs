import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readConfig } from '../packages/sandbox/src/config.ts'
import { describeCommands, describeProcesses } from './processes.mjs'

let dataDir
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'campus-ecode-processes-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

it('makes secrets once, of this installation alone, for their owner only', () => {
  describeProcesses({ DATA_DIR: dataDir })
  const file = join(dataDir, 'secrets.json')
  const made = readFileSync(file, 'utf8')
  describeProcesses({ DATA_DIR: dataDir })
  expect(readFileSync(file, 'utf8')).toBe(made)
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const elsewhere = join(dataDir, 'other')
  describeProcesses({ DATA_DIR: elsewhere })
  expect(readFileSync(join(elsewhere, 'secrets.json'), 'utf8')).not.toBe(made)
})

it('puts each process on the port it was given', () => {
  const ports = { PORT: '9080', CORE_PORT: '9081', DEMO_PORT: '9082', SANDBOX_PORT: '9083' }
  const { processes, demoUrl } = describeProcesses({ DATA_DIR: dataDir, ...ports })
  const urls = Object.fromEntries(processes.map(({ name, url }) => [name, url]))
  expect(urls).toMatchObject({
    bff: 'http://127.0.0.1:9080',
    core: 'http://127.0.0.1:9081',
    demo: 'http://127.0.0.1:9082',
    sandbox: 'http://127.0.0.1:9083',
  })
  expect(demoUrl).toBe('http://127.0.0.1:9082')
})

it('leaves the ports of the demo’s other origins alone, and agrees with the sandbox by itself', () => {
  const { processes } = describeProcesses({ DATA_DIR: dataDir })
  const env = processes.find(({ name }) => name === 'core').env
  const campusFile = new URL('../packages/sandbox/demo/campus.json', import.meta.url)
  const campus = JSON.parse(readFileSync(campusFile, 'utf8'))
  const taken = Object.entries(env).filter(([name]) => name.endsWith('PORT'))
  const ports = taken.map(([, port]) => port)
  expect(new Set(ports).size).toBe(ports.length)
  for (const origin of campus.school.origins) expect(ports).not.toContain(new URL(origin).port)

  const alone = readConfig({ PORT_KEY_ID: 'core-1', PORT_KEY_SECRET: 'secret' })
  for (const name of ['SANDBOX_PORT', 'BANK_PORT', 'ONE_CARD_PORT']) {
    expect(String(alone[name])).toBe(env[name])
  }
})

it('lists a page of one’s own with the demo school, beside the demo or where it is said to be', () => {
  const originsOf = (env) =>
    describeProcesses({ DATA_DIR: dataDir, ...env }).seed.args.filter(
      (_, at, args) => args[at - 1] === '--origin',
    )
  expect(originsOf({})).toContain('http://127.0.0.1:8085')
  expect(originsOf({ DEMO_PORT: '9082' })).toContain('http://127.0.0.1:9085')
  expect(originsOf({ PAGE_ORIGIN: 'http://127.0.0.1:3000' })).toContain('http://127.0.0.1:3000')
})

it('asks the sandbox for rooms, or a utility of one’s own', () => {
  const urlOf = (env) =>
    describeProcesses({ DATA_DIR: dataDir, ...env }).processes.find(({ name }) => name === 'core')
      .env.UTILITY_URL
  expect(urlOf({ DEMO_PORT: '9082' })).toBe('http://127.0.0.1:9093')
  expect(urlOf({ UTILITY_URL: 'http://127.0.0.1:3000/rooms' })).toBe('http://127.0.0.1:3000/rooms')
})

it('gives commands the settings of the demo’s core, and of no demo that is not there', () => {
  const given = { DATA_DIR: dataDir, DEMO_PORT: '9082', LOG_LEVEL: 'debug' }
  expect(describeCommands(given)).toEqual(given)
  const core = describeProcesses(given).processes.find(({ name }) => name === 'core')
  expect(describeCommands(given)).toEqual({ ...core.env, ...given })
  expect(describeCommands({ ...given, BANK_URL: 'http://127.0.0.1:1' }).BANK_URL).toBe(
    'http://127.0.0.1:1',
  )
  const own = { ...given, DATABASE_URL: 'postgres://127.0.0.1/core' }
  expect(describeCommands(own)).toEqual(own)
})

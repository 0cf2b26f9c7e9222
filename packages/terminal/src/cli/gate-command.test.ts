import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AccessSchool, createAccessSchool } from '../testing/access-school.ts'
import { type FakeGateCore, startFakeGateCore } from '../testing/fake-gate-core.ts'
import { runGateCommand } from './gate-command.ts'

let dataDir: string
let school: AccessSchool
let core: FakeGateCore
const now = () => Math.floor(Date.now() / 1000)

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'campus-ecode-gate-'))
  school = createAccessSchool(now())
  core = await startFakeGateCore(school)
  const { schoolId, gateId, root } = school
  const demo = {
    bffUrl: core.origin,
    coreUrl: core.origin,
    demoUrl: core.origin,
    school: { id: schoolId, secret: 's' },
    people: [],
    merchants: [],
    terminals: [],
    gates: [{ id: gateId, name: '图书馆东门', ...core.key }],
    accessRoot: root,
  }
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify(demo))
  const file = { serverTime: new Date().toISOString(), ...school.documents(), delta: null }
  writeFileSync(join(dataDir, 'documents.json'), JSON.stringify(file))
})
afterEach(async () => {
  await core.close()
  rmSync(dataDir, { recursive: true })
})

async function run(args: string[], input: string, env: Record<string, string> = {}) {
  const lines: string[] = []
  let explained = ''
  const exitCode = await runGateCommand(args, {
    env: { DATA_DIR: dataDir, ...env },
    input: (async function* () {
      yield Buffer.from(input)
    })(),
    print: (line) => lines.push(line),
    explain: (text) => {
      explained += text
    },
  })
  return { exitCode, explained, readings: lines.map((line) => JSON.parse(line)) }
}

describe('the gate command', () => {
  it('prints a line for each line, and uploads before it ends', async () => {
    const phone = school.createPhone()
    const code = phone.show(now())
    const { exitCode, readings, explained } = await run([], `${code}\r\nhello\r\n${code}\r\n`)
    expect(exitCode).toBe(0)
    expect(readings).toMatchObject([
      { result: 'opened', refusal: null, class: 'student', credential: phone.hash },
      { result: 'refused', refusal: 'NOT_RECOGNISED', message: { en: expect.any(String) } },
      { result: 'refused', refusal: 'REPLAYED' },
    ])
    expect(core.records.size).toBe(2)
    expect(explained).not.toContain(code)
    expect(JSON.stringify(readings)).not.toContain(code)
  })

  it('takes nothing off a code but the end of its line', async () => {
    const code = school.createPhone().show(now())
    const texts = [`${code} `, ` ${code}`, `${code}\t`, code.toLowerCase(), code]
    const { readings } = await run([], texts.map((text) => `${text}\n`).join(''))
    expect(readings.map(({ refusal }) => refusal)).toEqual([
      ...Array.from({ length: 4 }, () => 'NOT_RECOGNISED'),
      null,
    ])
  })

  it('opens offline by documents that somebody has brought, and then by what it holds', async () => {
    core.isUp = false
    const dir = join(dataDir, 'own')
    const args = ['--gate', '图书馆东门', '--dir', dir, '--offline']
    const documents = join(dataDir, 'documents.json')
    const first = await run([...args, '--documents', documents], school.createPhone().show(now()))
    expect(first.readings).toMatchObject([{ result: 'opened' }])
    expect(first.explained).toContain('ECA1.list is held')
    expect(first.explained).toContain('1 records wait for a network')
    const again = await run(args, school.createPhone().show(now()))
    expect(again.readings).toMatchObject([{ result: 'opened' }])
  })

  it('is a gate of one’s own, by its root key', async () => {
    const { root, schoolId, gateId } = school
    const args = ['--root', `${root.algorithm}:${root.publicKey}`, '--school', schoolId]
    const own = [...args, '--gate', gateId, '--dir', join(dataDir, 'own')]
    const secretFile = join(dataDir, 'secret')
    writeFileSync(secretFile, `${core.key.secret}\n`)
    const env = {
      GATE_KEY_ID: core.key.keyId,
      GATE_SECRET_FILE: secretFile,
      CORE_URL: core.origin,
      DATA_DIR: '/nowhere',
    }
    const { readings } = await run(own, school.createPhone().show(now()), env)
    expect(readings).toMatchObject([{ result: 'opened' }])
    const offline = await run(own, school.createPhone().show(now()), { DATA_DIR: '/nowhere' })
    expect(offline.readings).toMatchObject([{ result: 'opened' }])
    expect((await run(args, '')).exitCode).toBe(3)
    const { CORE_URL: _, ...lacking } = env
    expect((await run(own, '', lacking)).exitCode).toBe(3)
  })

  it.each([
    ['an unknown option', ['--door']],
    ['an unknown gate', ['--gate', 'nowhere']],
    ['no demo.json', ['--demo', '/nowhere/demo.json']],
    ['documents that are none', ['--offline', '--documents', '/nowhere/documents.json']],
    ['a root key that is none', ['--root', 'ed25519', '--school', '1001', '--dir', 'x']],
  ])('is used wrongly with %s: exit 3, and no line', async (_, args) => {
    const { exitCode, readings, explained } = await run(args, 'x\n')
    expect([exitCode, readings]).toEqual([3, []])
    expect(explained).toContain('Usage:')
  })
})

import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Supervisor } from './supervisor.mjs'

/** A server that journals its life, waits before it is ready, and stops on SIGTERM. */
const SERVER = `
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
const journal = (what) => appendFileSync(process.env.JOURNAL, what + ' ' + process.env.NAME + '\\n')
let ready = false
createServer((request, response) => {
  response.statusCode = ready && request.url === '/readyz' ? 200 : 503
  response.end()
}).listen(Number(process.env.PORT), '127.0.0.1')
setTimeout(() => { ready = true; journal('ready') }, 200)
journal('start')
process.on('SIGTERM', () => { journal('stop'); process.exit(0) })
setTimeout(() => {
  if (process.env.DIES) { console.log('out of ink'); process.exit(3) }
}, 400)
`

let folder
let journal
let supervisor
let deaths
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-supervisor-'))
  journal = join(folder, 'journal')
  appendFileSync(journal, '')
  writeFileSync(join(folder, 'server.mjs'), SERVER)
  deaths = []
  supervisor = new Supervisor(join(folder, 'logs'), (reason) => deaths.push(reason))
})
afterEach(async () => {
  await supervisor.stop()
  rmSync(folder, { recursive: true })
})

it('starts each when the one before is ready, and stops in the opposite order', async () => {
  await supervisor.start(await describe('core'))
  await supervisor.start(await describe('bff'))
  await supervisor.stop()
  expect(readJournal()).toEqual([
    'start core',
    'ready core',
    'start bff',
    'ready bff',
    'stop bff',
    'stop core',
  ])
  expect(deaths).toEqual([])
})

it('tells which process ended, with the end of its log', async () => {
  await supervisor.start(await describe('core', { DIES: '1' }))
  await vi.waitFor(() => expect(deaths).toHaveLength(1), 10_000)
  expect(deaths[0]).toMatch(/^core ended \(3\).*out of ink$/s)
})

it('fails when a process ends before it is ready', async () => {
  const item = await describe('core')
  writeFileSync(join(folder, 'server.mjs'), 'throw new Error("no paper")')
  await expect(supervisor.start(item)).rejects.toThrow('did not become ready')
  expect(deaths[0]).toContain('no paper')
})

it('waits for the port that a run before it is still leaving', async () => {
  const item = await describe('core')
  const before = createServer().listen(Number(item.env.PORT), '127.0.0.1')
  setTimeout(() => before.close(), 500)
  await supervisor.start(item)
  expect(readJournal()).toEqual(['start core', 'ready core'])
})

it('runs a process to its end and fails when that fails', async () => {
  const entry = join(folder, 'task.mjs')
  writeFileSync(entry, 'process.exit(Number(process.env.CODE))')
  await supervisor.complete({ name: 'seed', entry, env: { CODE: '0' } })
  const failing = supervisor.complete({ name: 'seed', entry, env: { CODE: '1' } })
  await expect(failing).rejects.toThrow('seed failed')
})

it('leaves no process behind when it is killed itself', async () => {
  const item = await describe('core')
  const program = `
    import { Supervisor } from ${JSON.stringify(new URL('./supervisor.mjs', import.meta.url).href)}
    await new Supervisor(${JSON.stringify(join(folder, 'logs'))}).start(${JSON.stringify(item)})
    process.kill(process.pid, 'SIGKILL')`
  spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' })
  await vi.waitFor(() => expect(readJournal()).toEqual(['start core', 'ready core', 'stop core']), {
    timeout: 10_000,
  })
})

function readJournal() {
  return readFileSync(journal, 'utf8').trimEnd().split('\n')
}

async function describe(name, env = {}) {
  const port = await findFreePort()
  return {
    name,
    entry: join(folder, 'server.mjs'),
    url: `http://127.0.0.1:${port}`,
    env: { PORT: String(port), NAME: name, JOURNAL: journal, ...env },
  }
}

function findFreePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

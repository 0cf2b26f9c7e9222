import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

// The programs of docs/backends.md as they stand there, each before a BFF that looks at what it gets.

const page = readFileSync(new URL('../../docs/backends.md', import.meta.url), 'utf8')
const blocks = new Map(
  [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => [language, code]),
)
const runs = {
  js: { file: 'site.mjs', command: [process.execPath, 'site.mjs'] },
  python: { file: 'site.py', command: ['python3', '-B', 'site.py'] },
}
const opened = { token: 'a-token', expiresAt: '2026-09-01T08:00:00.000Z' }

let folder
let bff
let env
let calls
let status
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-backends-'))
  bff = createServer(async (request, answer) => {
    const { method, url, headers } = request
    calls.push({ method, url, headers, body: JSON.parse(await text(request)) })
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(opened))
  })
  const port = await listen(bff)
  env = {
    ...process.env,
    ...{ BFF_URL: `http://127.0.0.1:${port}`, CARD_NO: '2023010417' },
    ...{ SCHOOL_ID: '1001', SCHOOL_SECRET: 'the-school-secret', THUMBPRINT: 'the-thumbprint' },
  }
})
afterAll(() => {
  bff.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  calls = []
  status = 201
})

function expectCall() {
  expect(calls).toHaveLength(1)
  const [{ headers, ...call }] = calls
  expect(call).toEqual({
    method: 'POST',
    url: '/v1/sessions',
    body: { subject: { cardNo: '2023010417' }, thumbprint: 'the-thumbprint' },
  })
  expect(headers.authorization).toBe(`Basic ${btoa('1001:the-school-secret')}`)
  expect(headers['content-type']).toBe('application/json')
}

it('curl, by the page alone', async () => {
  const child = spawn('sh', ['-c', blocks.get('sh')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  expect(JSON.parse(await text(child.stdout))).toEqual(opened)
  expectCall()
})

describe.each(Object.entries(runs))('%s', (language, { file, command }) => {
  const missing = !hasProgram(command[0])
  if (missing) console.warn(`\n  SKIPPED: ${language} of docs/backends.md is not run here.\n`)

  it.skipIf(missing)('passes the thumbprint on, and status and answer back', async () => {
    writeFileSync(join(folder, file), blocks.get(language))
    const held = createServer()
    const port = await listen(held)
    await new Promise((done) => held.close(done))
    const [program, ...args] = command
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    try {
      const url = `http://127.0.0.1:${port}/ecode-session`
      const ask = (type = 'application/json') =>
        fetch(url, {
          method: 'POST',
          headers: { 'content-type': type },
          body: JSON.stringify({ thumbprint: 'the-thumbprint' }),
        })
      await expect
        .poll(
          () =>
            fetch(url).then(
              () => true,
              () => false,
            ),
          { timeout: 20_000 },
        )
        .toBe(true)
      const answer = await ask()
      expect(answer.status).toBe(201)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await answer.json()).toEqual(opened)
      expectCall()
      status = 404
      expect((await ask()).status).toBe(404)
      expect((await ask('text/plain')).status).toBe(415)
      expect(calls).toHaveLength(2)
      // What no page sends, anybody may: the next page is answered all the same.
      const headers = { 'content-type': 'application/json' }
      await fetch(url, { method: 'POST', headers, body: 'no JSON' }).catch(() => {})
      expect((await ask()).status).toBe(404)
    } finally {
      child.kill()
    }
  })
})

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return server.address().port
}

function hasProgram(program) {
  return spawnSync(program, ['--version']).status === 0
}

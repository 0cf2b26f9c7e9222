import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keySetSchema } from '@campus-ecode/protocol/access-keys'
import { gatePolicySchema } from '@campus-ecode/protocol/access-policy'
import { demoSchema } from '@campus-ecode/protocol/demo'
import { gateUpdateSchema } from '@campus-ecode/protocol/gate-api'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { parseRevocationList } from '@campus-ecode/protocol/revocation-list'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from './db/testing/test-database.ts'

let programs: Awaited<ReturnType<typeof bundlePrograms>>
let database: TestDatabase
let directory: string
let env: Record<string, string>
let origin: string
let bffKey: SigningKey
const running: ChildProcess[] = []

const secret = () => randomBytes(32).toString('base64url')
const PHONE = '13800138000'

beforeAll(async () => {
  programs = await bundlePrograms(new URL('.', import.meta.url), {
    core: 'main.ts',
    main: 'keys/main.ts',
    cli: 'cli.ts',
  })
  database = await createTestDatabase({ empty: true })
  directory = await mkdtemp(join(tmpdir(), 'core-main-'))
  const port = await findFreePort()
  origin = `http://127.0.0.1:${port}`
  const outside = `http://127.0.0.1:${await findFreePort()}`
  env = {
    CORE_PORT: String(port),
    DATA_DIR: directory,
    DATABASE_URL: database.url,
    BFF_KEY_ID: 'bff-1',
    BFF_KEY_SECRET: secret(),
    PORT_KEY_ID: 'core-1',
    PORT_KEY_SECRET: secret(),
    BANK_URL: `${outside}/bank`,
    ONE_CARD_URL: `${outside}/one-card`,
    SMS_URL: `${outside}/sms`,
    LOG_LEVEL: 'debug',
  }
  bffKey = createSigningKey({
    keyId: 'bff-1',
    algorithm: 'hmac-sha256',
    secret: env.BFF_KEY_SECRET ?? '',
  })
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await programs.remove()
  await database.close()
  await rm(directory, { recursive: true })
})

interface Running {
  child: ChildProcess
  output(): string
  ended: Promise<number | null>
}

function run(program: string, args: string[] = [], changed: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [programs.pathOf(program), ...args], {
    env: { PATH: process.env.PATH, ...env, ...changed },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code) }
}

async function startCore(): Promise<Running> {
  const core = run('core')
  await vi.waitFor(
    async () => {
      if (core.child.exitCode !== null) throw new Error(core.output())
      expect((await request(`${origin}/readyz`)).statusCode).toBe(200)
    },
    { timeout: 15_000, interval: 50 },
  )
  return core
}

async function call(method: 'GET' | 'POST', target: string, key: SigningKey, content?: object) {
  const body = content && JSON.stringify(content)
  const type: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
  const signed = signRequest({
    method,
    origin,
    target,
    headers: type,
    body,
    key,
    nowMs: Date.now(),
  })
  const headers = { ...type, ...signed.headers }
  const answer = await request(origin + target, { method, headers, body: body ?? null })
  const text = await answer.body.text()
  const verified = await verifyResponse({
    status: answer.statusCode,
    headers: answer.headers,
    body: text,
    requestSignature: signed.signature,
    findKey: () => key,
    nowMs: Date.now(),
  })
  expect(verified.ok).toBe(true)
  return { status: answer.statusCode, body: JSON.parse(text) }
}

describe('the core’s process', () => {
  it('does not start on a configuration that is wrong, and says which', async () => {
    const core = run('core', [], { BFF_KEY_SECRET: 'planted-secret', BANK_URL: '' })
    expect(await core.ended).toBe(1)
    expect(core.output()).toContain('BFF_KEY_SECRET: must be 32 random bytes')
    expect(core.output()).toContain('BANK_URL: is required')
    expect(core.output()).not.toContain('planted')
  })

  it('refuses to serve on a database that does not keep what it commits', async () => {
    const url = `${database.url}?options=-c%20synchronous_commit%3Doff`
    const core = run('core', [], { DATABASE_URL: url })
    expect(await core.ended).toBe(1)
    expect(core.output()).toContain('turn on synchronous_commit')
  })

  it('does not start, and says so without the password, when there is no database', async () => {
    const url = new URL(database.url)
    url.port = String(await findFreePort())
    url.password = 'planted'
    const core = run('core', [], { DATABASE_URL: url.href })
    expect(await core.ended).toBe(1)
    expect(core.output()).toContain('ECONNREFUSED')
    expect(core.output()).not.toContain('planted')
  })

  it('serves, is filled by the command beside it, survives its key process, and stops in order', async () => {
    const core = await startCore()
    const file = join(directory, 'campus.json')
    const out = join(directory, 'demo.json')
    await writeFile(file, JSON.stringify(CAMPUS))
    const args = ['import-campus', file, '--out', out, '--origin', 'http://127.0.0.1:8082']
    const command = run('cli', [...args, '--core-url', origin])
    expect(await command.ended).toBe(0)
    expect(command.output()).toContain('school 1001: 1 people (1 new), 1 merchants, 1 terminals')
    expect(command.output()).toContain('1 first top-ups were declined')
    expect((await stat(out)).mode & 0o777).toBe(0o600)
    const demo = demoSchema.parse(JSON.parse(await readFile(out, 'utf8')))
    expect(demo.coreUrl).toBe(origin)

    const terminal = demo.terminals[0]
    const key = createSigningKey({
      keyId: terminal?.keyId ?? '',
      algorithm: 'hmac-sha256',
      secret: terminal?.secret ?? '',
    })
    expect((await call('GET', '/v1/terminal', key)).body.name).toBe('1号窗口')
    const card = `/v1/schools/1001/people/${demo.people[0]?.id}/card`
    const subject = { secret: demo.school.secret, cardNo: '2023010417', scopes: ['card'] }
    const resolved = await call('POST', '/v1/schools/1001/subjects', bffKey, subject)
    expect(resolved.body.origins).toEqual(['https://app.example', 'http://127.0.0.1:8082'])

    // The command and the core each have had a key process; the core's is the one that is left.
    if (process.platform === 'linux') {
      process.kill(await findChild(core.child.pid ?? 0), 'SIGKILL')
    }
    await vi.waitFor(
      async () => {
        const { status, body } = await call('GET', `${card}/number`, bffKey)
        expect([status, body.cardNo]).toEqual([200, '2023010417'])
      },
      { timeout: 10_000 },
    )

    // A reader that waits for events is answered when the core is told to stop.
    const { cursor } = (await call('GET', '/v1/events', bffKey)).body
    const waiting = call('GET', `/v1/events?after=${cursor}&waitSeconds=25`, bffKey)
    await new Promise((done) => setTimeout(done, 300))
    const stoppedAt = Date.now()
    core.child.kill('SIGTERM')
    expect((await waiting).status).toBe(200)
    expect(await core.ended).toBe(0)
    expect(Date.now() - stoppedAt).toBeLessThan(10_000)
    await expect(request(`${origin}/healthz`)).rejects.toThrow()
    expect(await readdir(join(directory, 'keys'))).toEqual(['keyring.json'])

    const keyring = await readFile(join(directory, 'keys', 'keyring.json'), 'utf8')
    const secrets = [
      ...[...keyring.matchAll(/"([\w-]{43})"/g)].map((match) => match[1] ?? ''),
      env.BFF_KEY_SECRET ?? '',
      env.PORT_KEY_SECRET ?? '',
      demo.school.secret,
      terminal?.secret ?? '',
      ...['2023010417', '林知夏', PHONE, 'card-lin-1234'],
    ]
    for (const planted of secrets) {
      expect(core.output()).not.toContain(planted)
      expect(command.output()).not.toContain(planted)
    }
  })
})

describe('the command', () => {
  it('rotates keys, shows how far locks reach, writes what a gate without a network needs', async () => {
    const file = join(directory, 'gates.json')
    const [demoFile, out] = [join(directory, 'gates-demo.json'), join(directory, 'gate.json')]
    const gates = [{ name: '3号楼东门', zone: '3号楼', purposes: ['door'] }]
    const school = { ...CAMPUS.school, id: '1002' }
    await writeFile(file, JSON.stringify({ school, people: [], merchants: [], gates }))
    const ran = async (...args: string[]) => {
      const command = run('cli', args)
      expect(await command.ended, command.output()).toBe(0)
      return command.output()
    }
    await ran('import-campus', file, '--out', demoFile)
    const { gates: known, accessRoot } = demoSchema.parse(
      JSON.parse(await readFile(demoFile, 'utf8')),
    )
    const forSchool = ['--school', '1002']
    expect(await ran('revocations', ...forSchool)).toContain('no list yet')
    expect(await ran('rotate-access-key', ...forSchool)).toContain('key 2 signs now, key set 2')
    const told = await ran('gate-documents', ...forSchool, '--gate', '3号楼东门', '--out', out)
    expect(told).toContain(`root key ed25519:${accessRoot?.publicKey}`)
    const { keys, policy, list, delta } = gateUpdateSchema.parse(
      JSON.parse(await readFile(out, 'utf8')),
    )
    const read = (payload = '') => Buffer.from(payload, 'base64url')
    expect(keySetSchema.parse(JSON.parse(read(keys?.payload).toString())).seq).toBe(2)
    expect(gatePolicySchema.parse(JSON.parse(read(policy?.payload).toString())).gateId).toBe(
      known[0]?.id,
    )
    expect(parseRevocationList(read(list?.payload))).toMatchObject({ school: '1002', seq: 1 })
    expect([policy?.keyId, list?.keyId, delta]).toEqual([2, 2, null])
    const withdrawn = await ran('rotate-access-key', ...forSchool, '--withdraw')
    expect(withdrawn).toContain('key 2 is withdrawn')
    expect(await ran('revocations', ...forSchool)).toMatch(
      /list 1: .*\n0 of 1 gates hold it\n {2}3号楼东门/,
    )
  })

  it('makes a school by flags, all of it or nothing, and changes it later (R35)', async () => {
    const secrets = join(directory, 'school-1003.json')
    const words = ['--id', '1003', '--name', '青江学院', '--name-en', 'Qingjiang College']
    const create = ['school', 'create', '--out', secrets, ...words, '--contact', '行政楼']
    const ran = async (...args: string[]) => {
      const command = run('cli', args)
      return { code: await command.ended, output: command.output() }
    }
    const unsound = await ran(...create, '--without-one-card', '--till', '没有的商户=1号窗口')
    expect(unsound.code).toBe(2)
    expect((await ran('school', 'change', '--id', '1003', '--accent', '#0f766e')).output).toContain(
      'there is no school 1003',
    )
    const made = await ran(...create, '--without-one-card')
    expect(made, made.output).toMatchObject({ code: 0 })
    const { secret } = JSON.parse(await readFile(secrets, 'utf8'))
    expect(made.output).not.toContain(secret)
    const changed = await ran(
      ...['school', 'change', '--id', '1003', '--contact', '图书馆一楼'],
      ...['--origin', 'https://app.school.example', '--origin', 'https://h5.school.example'],
    )
    expect(changed.output).toContain('school 1003: supportContact, origins changed')
    const { rows } = await database.pool.query(
      `select name, support_contact, origins from schools where school_id = '1003'`,
    )
    expect(rows).toEqual([
      {
        name: '青江学院',
        support_contact: '图书馆一楼',
        origins: ['https://app.school.example', 'https://h5.school.example'],
      },
    ])
    for (const [args, word] of [
      [['--id', '1003'], 'say what to change'],
      [['--id', '1003', '--origin', 'nowhere'], 'origins.0'],
      [['--name', 'x'], 'say --id'],
    ] as const) {
      const refused = await ran('school', 'change', ...args)
      expect([refused.code, refused.output]).toEqual([2, expect.stringContaining(word)])
    }
  })

  it('tells how it is used, and which place of a file is wrong, never what stands there', async () => {
    const file = join(directory, 'broken.json')
    await writeFile(file, JSON.stringify({ ...CAMPUS, people: [{ cardNo: 'planted', name: 1 }] }))
    const right = join(directory, 'right.json')
    await writeFile(right, JSON.stringify(CAMPUS))
    for (const [args, words] of [
      [[], 'name a command'],
      [['constructor'], 'name a command'],
      [['import-campus'], 'name one FILE and --out'],
      [['import-campus', 'nowhere.json', '--out', 'x'], 'there is no nowhere.json'],
      [['import-campus', file, '--out', 'x', '--bff-url', 'none'], 'none is not an address'],
      [['import-campus', file, '--out', 'x'], 'people.0.name'],
      [['import-campus', file, '--out', 'x', '--service-url', 'books'], 'is not an address'],
      [
        ['import-campus', right, '--out', 'x', '--service-url', 'books=https://b.example'],
        'the campus has no service books',
      ],
      [['rotate-access-key'], 'name a --school'],
      [['rotate-access-key', '--school', '4004'], 'there is no school 4004'],
      [['revocations', '--school', '4004'], 'there is no school 4004'],
      [['gate-documents', '--school', '1001'], 'name --school, --gate and --out'],
      [['gate-documents', '--school', '4004', '--gate', 'x', '--out', 'x'], 'no school 4004'],
      [['gate-documents', '--school', '1001', '--gate', 'x', '--out', 'x'], 'has no gate x in use'],
    ] as [string[], string][]) {
      const command = run('cli', args)
      expect(await command.ended).toBe(2)
      expect(command.output()).toContain(words)
      expect(command.output()).not.toContain('planted')
    }
  })
})

const CAMPUS = {
  school: {
    id: '1001',
    name: '云谷大学',
    nameEn: 'Yungu University',
    accent: '#1d4ed8',
    supportContact: '校园卡服务中心',
    origins: ['https://app.example'],
  },
  people: [
    {
      cardNo: '2023010417',
      name: '林知夏',
      class: 'student',
      phone: PHONE,
      wallet: {
        bankCard: { token: 'card-lin-1234', bankName: '云谷银行', tail: '1234' },
        topUpFen: 100,
      },
    },
  ],
  merchants: [{ key: 'canteen', name: '第一食堂', terminals: [{ name: '1号窗口' }] }],
}

/** From /proc, because not every system has a `ps`. */
async function findChild(parent: number): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    if (status.includes(`PPid:\t${parent}\n`)) return Number(pid)
  }
  throw new Error('the core has no child')
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'
import { build } from 'vite'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

let dataDir: string
let servers: EmbeddedServer[]
let children: ChildProcess[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-server-'))
  servers = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of servers) await server.stop()
  // Whatever a killed child of the test left running.
  kill(await readPid(), 'SIGQUIT')
  await rm(dataDir, { recursive: true, force: true })
})

describe('embedded server', { timeout: 60_000 }, () => {
  it('keeps data when stopped and started again', async () => {
    const first = await start()
    await query(first, 'CREATE TABLE book (amount_fen bigint)')
    await query(first, 'INSERT INTO book VALUES (1250)')
    await first.stop()
    expect(await readPid()).toBeUndefined()

    const again = await start()
    expect(await query(again, 'SELECT amount_fen::int FROM book')).toEqual([{ amount_fen: 1250 }])
  })

  it('is UTF-8 with C order, durable, on loopback only, with a password only its owner reads', async () => {
    const server = await start()
    const settings = await query(
      server,
      `SELECT current_setting('server_encoding') AS encoding, datcollate AS collation,
        current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
        current_setting('synchronous_commit') AS commits,
        current_setting('listen_addresses') AS address
       FROM pg_database WHERE datname = current_database()`,
    )
    expect(settings).toEqual([
      {
        encoding: 'UTF8',
        collation: 'C',
        fsync: 'on',
        pages: 'on',
        commits: 'on',
        address: '127.0.0.1',
      },
    ])
    const passwordFile = join(dataDir, 'postgres', 'superuser-password')
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600)
    const connection = server.connection('postgres')
    await expect(connectWith({ ...connection, password: 'wrong' })).rejects.toThrow(/password/)
  })

  it('is one server for all who start it at once, and stops with the last', async () => {
    const [one, two, three] = await Promise.all([start(), start(), start()])
    expect(two.connection('postgres')).toEqual(one.connection('postgres'))
    await one.stop()
    await three.stop()
    await query(two, 'SELECT 1')
    await two.stop()
    expect(await readPid()).toBeUndefined()
  })

  it('stays when left, for the next to use', async () => {
    const first = await start()
    await first.leave()
    const second = await start()
    expect(second.connection('postgres')).toEqual(first.connection('postgres'))
  })

  it('comes back at the same address after its postmaster is killed', async () => {
    const server = await start()
    await query(server, 'CREATE TABLE kept (id int)')
    const pid = await readPid()
    kill(pid, 'SIGKILL')
    await until(async () => {
      await query(server, 'SELECT * FROM kept')
    })
    expect(await readPid()).not.toBe(pid)
  })

  it('starts over a pid file whose pid now belongs to another program', async () => {
    const server = await start()
    await query(server, 'CREATE TABLE kept (id int)')
    await server.stop()
    const stranger = spawn('sleep', ['60'], isRoot ? await ownerOfCluster() : {})
    children.push(stranger)
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
    await writeFile(pidFile, `${stranger.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n0 0\nready   \n`)

    const again = await start()
    expect(await query(again, 'SELECT * FROM kept')).toEqual([])
  })

  it('says why when it cannot start', async () => {
    const server = await start()
    await server.stop()
    await rm(join(dataDir, 'postgres', 'global'), { recursive: true })
    await expect(start()).rejects.toThrow(/does not start.*see .*server\.log/s)
  })
})

describe('embedded server of another process', { timeout: 60_000 }, () => {
  let program: string
  beforeAll(async () => {
    program = await buildProgram()
  })

  it('keeps every committed row when that process is killed in the middle of writing', async () => {
    const writer = run(program, {})
    let acknowledged = 0
    for await (const line of writer.lines) {
      acknowledged = Number(line)
      if (acknowledged === 50) writer.child.kill('SIGKILL')
    }
    const postmaster = await readPid()

    const server = await start()
    expect(postmaster).toEqual(expect.any(Number))
    expect(await readPid()).toBe(postmaster)
    const [row] = await query(server, 'SELECT count(*)::int FROM written')
    expect(row?.count).toBeGreaterThanOrEqual(acknowledged)
  })

  it('keeps every committed row when the server is killed with it', async () => {
    const writer = run(program, {})
    let acknowledged = 0
    for await (const line of writer.lines) {
      acknowledged = Number(line)
      if (acknowledged !== 50) continue
      writer.child.kill('SIGKILL')
      kill(await readPid(), 'SIGKILL')
    }
    const server = await start()
    const [row] = await query(server, 'SELECT count(*)::int FROM written')
    expect(row?.count).toBeGreaterThanOrEqual(acknowledged)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops with that process on %s', async (signal) => {
    const writer = run(program, {})
    for await (const line of writer.lines) if (line === '1') writer.child.kill(signal)
    expect(writer.child.exitCode ?? (await exitOf(writer.child))).toBe(0)
    expect(await readPid()).toBeUndefined()
  })

  it.runIf(isRoot && canNobodyRun())('runs for an ordinary user, and then for root', async () => {
    await chown(dataDir, NOBODY, NOBODY)
    const writer = run(program, { uid: NOBODY, gid: NOBODY })
    for await (const line of writer.lines) if (line === '5') writer.child.kill('SIGTERM')
    expect(writer.child.exitCode ?? (await exitOf(writer.child))).toBe(0)
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(NOBODY)

    const asRoot = await start()
    const [row] = await query(asRoot, 'SELECT count(*)::int FROM written')
    expect(row?.count).toBeGreaterThanOrEqual(5)
  })
})

async function start(): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer(dataDir)
  servers.push(server)
  return server
}

async function connectWith(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config)
  client.on('error', () => {})
  await client.connect()
  return client
}

async function query(server: EmbeddedServer, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connectWith(server.connection('postgres'))
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The pid file goes when the server has stopped cleanly. */
async function readPid(): Promise<number | undefined> {
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text ? Number(text.split('\n')[0]) : undefined
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(pid, signal)
  } catch {
    // Gone already, as wanted.
  }
}

async function ownerOfCluster(): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(join(dataDir, 'postgres'))
  return { uid, gid }
}

async function until(attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(50)
    }
  }
}

/** Node 20 runs no TypeScript, so what another process is to run is built first. */
async function buildProgram(): Promise<string> {
  const outDir = fileURLToPath(new URL('../../node_modules/.test-program', import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: fileURLToPath(new URL('./embedded-server.ts', import.meta.url)),
      outDir,
      rolldownOptions: { output: { entryFileNames: 'embedded-server.mjs' } },
    },
  })
  const program = join(outDir, 'write-forever.mjs')
  await writeFile(
    program,
    `import pg from 'pg'
    import { startEmbeddedServer } from ${JSON.stringify(pathToFileURL(join(outDir, 'embedded-server.mjs')).href)}
    const server = await startEmbeddedServer(process.argv[2])
    const stop = () => server.stop().then(() => process.exit(0))
    process.once('SIGTERM', stop).once('SIGINT', stop)
    const client = new pg.Client(server.connection('postgres'))
    client.on('error', () => {})
    await client.connect()
    await client.query('CREATE TABLE written (id int)')
    try {
      for (let id = 1; ; id++) {
        await client.query('INSERT INTO written VALUES ($1)', [id])
        console.log(id)
      }
    } catch {}`,
  )
  return program
}

function run(program: string, user: { uid?: number; gid?: number }) {
  const child = spawn(process.execPath, [program, dataDir], {
    ...user,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return { child, lines: createInterface(child.stdout) }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once('exit', done))
}

function canNobodyRun(): boolean {
  const options = { uid: NOBODY, gid: NOBODY, cwd: '/' }
  return spawnSync('ls', [fileURLToPath(import.meta.url)], options).status === 0
}

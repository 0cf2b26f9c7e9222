import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { findPostgresUser, type OsUser } from './postgres-user.ts'

/** Long enough for crash recovery after a heavy day. */
const START_TIMEOUT_MS = 300_000
const FAILING_MS_MAX = 5_000
const POLL_MS = 100
/** Advisory lock that every process using the server holds shared, so that the last one stops it. */
const HOLDER_LOCK = 7_100_001

/**
 * fsync, full_page_writes and synchronous_commit are left at PostgreSQL's own "on".
 * The last three keep row values (codes, tokens) out of the server's log.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '128MB',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
}

export interface Connection {
  host: string
  port: number
  user: string
  /** Secret: never log it, or a URL made with it. */
  password: string
  database: string
}

export interface EmbeddedServer {
  /** How to reach one of the server's databases. `postgres` always exists. */
  connection(database: string): Connection
  /** Lets go of the server, and stops it cleanly if no other process of ours still uses it. */
  stop(): Promise<void>
  /** Lets go of the server and leaves it running for whoever comes next. */
  leave(): Promise<void>
}

/**
 * A real PostgreSQL under `dataDir/postgres`, on loopback with a password of its own.
 *
 * Made on first use. If a server of this directory already runs (another process of ours, or one
 * that outlived a crash) it is used as it is; if it crashed, its recovery is waited for.
 * The server is detached: a killed process of ours never takes it down, Ctrl-C neither; call `stop`.
 */
export async function startEmbeddedServer(dataDir: string): Promise<EmbeddedServer> {
  const clusterDir = resolve(dataDir, 'postgres')
  const user = await findPostgresUser(clusterDir)
  const binaries = await findPostgresBinaries(user)
  const cluster: Cluster = { clusterDir, binaries, user, password: '' }
  cluster.password = (await readPassword(clusterDir)) ?? (await createCluster(cluster))

  let holder = await acquire(cluster)
  let released = false
  let reacquiring = Promise.resolve()
  watch(holder.client)

  /** The server died under us (out of memory, an operator): bring it back where the pools look. */
  function watch(client: pg.Client): void {
    client.once('end', () => {
      if (released) return
      reacquiring = acquire(cluster, holder.port).then(
        (next) => {
          holder = next
          watch(next.client)
        },
        (error: Error) => process.emitWarning(`embedded PostgreSQL is gone: ${error.message}`),
      )
    })
  }

  async function leave(): Promise<void> {
    released = true
    await reacquiring
    await holder.client.end()
  }

  return {
    connection: (database) => connectionTo(cluster, holder.port, database),
    leave,
    async stop() {
      if (released) return
      released = true
      await reacquiring
      if (await isLastHolder(holder.client)) await stopServer(cluster)
      // Ended after the server, so that nobody takes hold between the question and the stop.
      await holder.client.end().catch(() => {})
    },
  }
}

interface Cluster {
  clusterDir: string
  binaries: PostgresBinaries
  user: OsUser | undefined
  password: string
}

interface Holder {
  client: pg.Client
  port: number
}

function connectionTo(cluster: Cluster, port: number, database: string): Connection {
  return { host: '127.0.0.1', port, user: 'postgres', password: cluster.password, database }
}

/** Connects to the running server, starting it as often as needed, until the time is up. */
async function acquire(cluster: Cluster, preferredPort?: number): Promise<Holder> {
  const deadline = Date.now() + START_TIMEOUT_MS
  let failingSince: number | undefined
  for (;;) {
    const running = await findPostmaster(cluster.clusterDir)
    if (running) {
      const client = await tryHold(cluster, running.port)
      if (client) return { client, port: running.port }
      // Starting, recovering or stopping: look again.
      if (Date.now() > deadline) {
        throw new Error(
          `embedded PostgreSQL (pid ${running.pid}) does not answer: ${where(cluster)}`,
        )
      }
      await sleep(POLL_MS)
      continue
    }
    const port = !failingSince && preferredPort ? preferredPort : await findFreePort()
    const output = await startServer(cluster, port)
    if (output === undefined) continue
    // Another process of ours was faster, or a crashed server's last children are still leaving.
    failingSince ??= Date.now()
    if (Date.now() - failingSince > FAILING_MS_MAX) {
      throw new Error(`embedded PostgreSQL does not start: ${output} ${where(cluster)}`)
    }
    await sleep(POLL_MS)
  }
}

function where(cluster: Cluster): string {
  return `see ${join(cluster.clusterDir, 'server.log')}`
}

/** The password proves to both sides (SCRAM) that this is our server and not a stranger's port. */
async function tryHold(cluster: Cluster, port: number): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    ...connectionTo(cluster, port, 'postgres'),
    ssl: false,
    application_name: 'campus-ecode holder',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {}) // Followed by 'end', which is what we act on.
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_try_advisory_lock_shared($1) AS held', [
      HOLDER_LOCK,
    ])
    if (rows[0].held) return client
  } catch {
    // Not ready yet.
  }
  await client.end().catch(() => {})
  return undefined
}

async function isLastHolder(client: pg.Client): Promise<boolean> {
  try {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS alone', [HOLDER_LOCK])
    return rows[0].alone
  } catch {
    return false // The server went away by itself.
  }
}

/**
 * The server process of this directory, from its own pid file (PostgreSQL documentation,
 * "postmaster.pid": line 1 pid, line 4 port), or undefined when none lives.
 */
async function findPostmaster(
  clusterDir: string,
): Promise<{ pid: number; port: number } | undefined> {
  const pidFile = join(clusterDir, 'postmaster.pid')
  const lines = (await readIfExists(pidFile))?.split('\n')
  const pid = Number(lines?.[0])
  if (!lines || !pid || !isAlive(pid)) return undefined // PostgreSQL clears a dead one's file itself.
  if (await isOtherProgram(pid)) {
    // After a reboot, or in a restarted container, the pid may be anybody's. PostgreSQL would not start.
    await rm(pidFile, { force: true })
    return undefined
  }
  return { pid, port: Number(lines[3]) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A zombie (nobody reaps in many containers) counts as another program too: it serves no more. */
async function isOtherProgram(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const stat = await readIfExists(`/proc/${pid}/stat`)
  return stat !== undefined && !/^\d+ \(postgres\) [^ZX]/.test(stat)
}

/** @returns Nothing when it serves, otherwise what the server's starter said. */
async function startServer(cluster: Cluster, port: number): Promise<string | undefined> {
  const options = Object.entries({ ...SETTINGS, port })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
  const timeout = String(START_TIMEOUT_MS / 1000)
  const logFile = join(serverPath(cluster), 'server.log')
  const args = ['start', '-w', '-t', timeout, '-l', logFile, '-o', options]
  const { code, output } = await runAsServerUser(cluster, cluster.binaries.pgCtl, args)
  return code === 0 ? undefined : output
}

async function stopServer(cluster: Cluster): Promise<void> {
  const args = ['stop', '-w', '-m', 'fast', '-t', '60']
  const { code, output } = await runAsServerUser(cluster, cluster.binaries.pgCtl, args)
  if (code !== 0) throw new Error(`embedded PostgreSQL does not stop: ${output} ${where(cluster)}`)
}

/**
 * Makes the cluster beside its place and moves it there in one step, so that a crash in between
 * leaves nothing half made, and of two processes that try at once one wins.
 */
async function createCluster(target: Cluster): Promise<string> {
  await mkdir(resolve(target.clusterDir, '..'), { recursive: true })
  const staging = await mkdtemp(`${target.clusterDir}-new-`)
  const cluster = { ...target, clusterDir: join(staging, 'cluster') }
  const passwordFile = join(staging, PASSWORD_FILE)
  const password = randomBytes(24).toString('base64url')
  try {
    await mkdir(cluster.clusterDir, { mode: 0o700 })
    await writeFile(passwordFile, password, { mode: 0o600 })
    for (const path of [staging, cluster.clusterDir, passwordFile]) await giveTo(path, cluster.user)
    const { code, output } = await runAsServerUser(cluster, cluster.binaries.initdb, [
      '--username=postgres',
      '--auth=scram-sha-256',
      // Not joined: normalising would lose the link in the middle.
      `--pwfile=${serverPath(cluster)}/../${PASSWORD_FILE}`,
      '--encoding=UTF8',
      '--locale=C',
    ])
    if (code !== 0) throw new Error(`cannot make the embedded database: ${output}`)
    await rename(passwordFile, join(cluster.clusterDir, PASSWORD_FILE))
    await rename(cluster.clusterDir, target.clusterDir)
    await syncDirectory(resolve(target.clusterDir, '..'))
    return password
  } catch (error) {
    const winner = await readPassword(target.clusterDir)
    if (winner) return winner
    throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

const PASSWORD_FILE = 'superuser-password'

function readPassword(clusterDir: string): Promise<string | undefined> {
  return readIfExists(join(clusterDir, PASSWORD_FILE))
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

async function giveTo(path: string, user: OsUser | undefined): Promise<void> {
  if (user) await chown(path, user.uid, user.gid)
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: a process that ended while its /proc file was open.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/**
 * The cluster's path as its server sees it. Another OS user may not enter the folders above it
 * (root's home is 0700), but its working directory, entered before the user is dropped, it always may.
 */
function serverPath(cluster: Cluster): string {
  return cluster.user ? '/proc/self/cwd' : cluster.clusterDir
}

async function runAsServerUser(
  cluster: Cluster,
  program: string,
  args: string[],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, [...args, '-D', serverPath(cluster)], {
    ...cluster.user,
    cwd: cluster.clusterDir,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((done, fail) => {
    child.once('error', fail)
    // Not 'close': the started server may inherit the pipes and keep them open.
    child.once('exit', (code) => setTimeout(() => done({ code, output: output.trim() }), 20))
  })
}

function findFreePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? done(address.port) : fail()))
    })
  })
}

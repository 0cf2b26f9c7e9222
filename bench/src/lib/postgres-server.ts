import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@campus-ecode/processes/free-ports'
import { cpuMsOfTree } from './process-cpu.ts'

/** A PostgreSQL of the system's, with its own defaults, in a folder that goes with it. */
export interface PostgresServer {
  version: string
  url(database: string): string
  createDatabase(name: string): void
  /** A program of the same installation: pgbench, psql. */
  run(program: string, args: string[]): string
  program(name: string): string
  port: number
  /** From here on its log files are reused, as on a server that has run for an hour, and not made anew. */
  checkpoint(): void
  /** Used by all its processes since it started, those that ended included. */
  cpuMs(): number
  stop(): void
}

/** Where distributions put what is not on the PATH. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/pgsql']

/** @returns undefined where no server with pgbench is installed. */
export async function startPostgresServer(): Promise<PostgresServer | undefined> {
  const bin = findBin()
  if (!bin) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-bench-pg-'))
  const user = findUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const port = await findFreePort()

  const run = (program: string, args: string[]): string => {
    const options = { ...user, cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 } as const
    const { status, stdout, stderr, error } = spawnSync(join(bin, program), args, options)
    if (error) throw error
    if (status !== 0) throw new Error(`${program} failed: ${stderr || stdout}`)
    return stdout
  }
  const connection = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']
  mkdirSync(join(folder, 'run'))
  if (user) chownSync(join(folder, 'run'), user.uid, user.gid)
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'])
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${join(folder, 'run')}`
  run('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', settings, 'start'])
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])

  return {
    version: run('postgres', ['--version']).trim(),
    port,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    createDatabase: (name) => void run('createdb', [...connection, name]),
    run: (program, args) => run(program, [...connection, ...args]),
    program: (name) => join(bin, name),
    checkpoint: () => void run('psql', [...connection, '-d', 'postgres', '-qc', 'checkpoint']),
    cpuMs: () => cpuMsOfTree(pid),
    stop() {
      run('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The newest installation that has all that is needed. */
function findBin(): string | undefined {
  const installed = FOLDERS.filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((version) => join(folder, version, 'bin')))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const onPath = (process.env.PATH ?? '').split(':')
  const needed = ['initdb', 'pg_ctl', 'pgbench']
  return [...installed, ...onPath].find((bin) =>
    needed.every((name) => existsSync(join(bin, name))),
  )
}

/** PostgreSQL does not run as root. */
function findUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

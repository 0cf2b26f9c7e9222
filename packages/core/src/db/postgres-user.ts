import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Name of the system user that runs the embedded server when we are root. */
const USER_NAME = 'campus-ecode'

export interface OsUser {
  uid: number
  gid: number
}

/**
 * The OS user that the embedded server must run as, or undefined when it is simply ours.
 * PostgreSQL refuses to run as root, so under root it runs as the cluster's owner, and a new cluster
 * gets a system user of its own, made once.
 */
export async function findPostgresUser(clusterDir: string): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform !== 'linux') {
    throw new Error('the embedded PostgreSQL does not run as root on this system: use another user')
  }
  const owner = await stat(clusterDir).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }

  const known = await lookUp()
  if (known) return known
  const failure = await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    USER_NAME,
  ]).then(
    () => undefined,
    (error: unknown) => error,
  )
  // A second process may have made the user at the same moment, so look before believing a failure.
  const made = await lookUp()
  if (made) return made
  throw new Error(
    `cannot make the system user ${USER_NAME}: run as an ordinary user, or set DATABASE_URL`,
    { cause: failure },
  )
}

async function lookUp(): Promise<OsUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', USER_NAME]),
      run('id', ['-g', USER_NAME]),
    ])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

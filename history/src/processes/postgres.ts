import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from '@campus-ecode/processes/children'
import { readLastStart, takesConnections } from '@campus-ecode/processes/postgres'

const START_TIMEOUT_MS = 60_000

/** A real PostgreSQL server with fsync on, ours to stop at once and to start again. */
export interface Postgres {
  readonly port: number
  /** With the database of the core. */
  readonly connection: {
    host: string
    port: number
    user: string
    password: string
    database: string
  }
  /** Resolves when it answers, crash recovery included. */
  start(): Promise<void>
  /** SIGQUIT: no checkpoint, no word to its clients; what was committed is in the log alone. */
  stopAtOnce(): Promise<void>
  stop(): Promise<void>
}

/**
 * The cluster that a core has made under `dataDir` for itself and let go of. Program, settings and OS
 * user are the ones that it was made and run with.
 */
export async function openPostgres(dataDir: string, port: number): Promise<Postgres> {
  const clusterDir = join(dataDir, 'postgres')
  const { program, args } = await readLastStart(clusterDir)
  const { uid, gid } = await stat(clusterDir)
  const password = await readFile(join(clusterDir, 'superuser-password'), 'utf8')
  const connection = {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'campus_ecode',
  }
  let child: Child | undefined

  return {
    port,
    connection,
    async start() {
      const deadline = Date.now() + START_TIMEOUT_MS
      while (Date.now() < deadline) {
        // Ends by itself while the last children of a server that was stopped at once still leave.
        if (!child?.isAlive()) {
          child = startChild(program, [...args, '-c', `port=${port}`], {
            cwd: clusterDir,
            env: { ...process.env, LC_ALL: 'C' },
            stdio: 'ignore',
            ...(process.getuid?.() === 0 && { uid, gid }),
          })
        }
        if (await takesConnections(connection)) return
        await sleep(30)
      }
      throw new Error('PostgreSQL does not answer')
    },
    async stopAtOnce() {
      await child?.kill('SIGQUIT')
    },
    async stop() {
      await child?.stop('SIGINT')
    },
  }
}

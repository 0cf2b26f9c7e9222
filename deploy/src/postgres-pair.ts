import { chown, cp, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLastStart, takesConnections } from '@campus-ecode/processes/postgres'
import pg from 'pg'
import { describeProgram, type Program } from './program.ts'

/** One line for what the two agree on; also in deploy/compose.yaml. */
const PRIMARY = {
  wal_level: 'replica',
  max_wal_senders: '5',
  max_replication_slots: '5',
  hot_standby: 'on',
  // A standby that stays away must not fill the disk.
  max_slot_wal_keep_size: '2GB',
}
const STANDBY_NAME = 'standby'

/** A primary and a synchronous standby, each a real server with fsync on. */
export interface PostgresPair {
  readonly primary: Server
  readonly standby: Server
  /** Both, for DATABASE_URL: the core writes to whichever takes writes. Secret. */
  readonly url: string
  /** The standby becomes the primary; resolves when it takes writes. */
  promote(): Promise<void>
  /** Commits no longer wait for a standby: what an operator does when it is lost. */
  goOnAlone(): Promise<void>
  stop(): Promise<void>
}

export interface Server {
  readonly program: Program
  readonly connection: pg.ClientConfig & { password: string }
}

/**
 * Takes over the cluster that a core has made under `dataDir` for itself and let go of, and puts a
 * synchronous standby beside it: a base backup by PostgreSQL's own low-level calls, because the binaries from
 * npm bring no `pg_basebackup`.
 */
export async function startPostgresPair(
  dataDir: string,
  logDir: string,
  [primaryPort, standbyPort]: readonly [number, number],
): Promise<PostgresPair> {
  const primaryDir = join(dataDir, 'postgres')
  const standbyDir = join(dataDir, 'postgres-standby')
  const owner = await stat(primaryDir)
  const password = await readFile(join(primaryDir, 'superuser-password'), 'utf8')
  const started = await readStart(primaryDir)

  const describe = (name: string, dir: string, port: number, settings: object): Server => {
    const connection = {
      ...{ host: '127.0.0.1', port, user: 'postgres', password, database: 'campus_ecode' },
    }
    // Another OS user may not enter the folders above the cluster, but its working directory it always may.
    const isRoot = process.getuid?.() === 0
    const program = describeProgram({
      name,
      file: started.program,
      args: [
        ...started.args,
        ...['-D', isRoot ? '/proc/self/cwd' : dir],
        ...Object.entries({ ...settings, port }).flatMap(([key, value]) => [
          '-c',
          `${key}=${value}`,
        ]),
      ],
      env: { LC_ALL: 'C' },
      logFile: join(logDir, `${name}.log`),
      spawn: {
        cwd: dir,
        ...(isRoot && { uid: owner.uid, gid: owner.gid }),
      },
      isReady: () => takesConnections(connection),
    })
    return { program, connection }
  }

  const primary = describe('postgres-primary', primaryDir, primaryPort, PRIMARY)
  await primary.program.start()
  await onServer(primary, async (client) => {
    await client.query(
      `select pg_create_physical_replication_slot('${STANDBY_NAME}', true)
        where not exists (select from pg_replication_slots where slot_name = '${STANDBY_NAME}')`,
    )
    await rm(standbyDir, { recursive: true, force: true })
    await copyCluster(client, primaryDir, standbyDir, owner)
  })
  const follow = [
    ...['host=127.0.0.1', `port=${primaryPort}`, 'user=postgres', `password=${password}`],
    `application_name=${STANDBY_NAME}`,
  ].join(' ')
  const passFile = join(standbyDir, 'postgresql.auto.conf')
  await writeFile(
    passFile,
    `${await readFile(passFile, 'utf8')}primary_conninfo = '${follow}'\nprimary_slot_name = '${STANDBY_NAME}'\n`,
  )
  await writeFile(join(standbyDir, 'standby.signal'), '')
  await chown(join(standbyDir, 'standby.signal'), owner.uid, owner.gid)
  const standby = describe('postgres-standby', standbyDir, standbyPort, PRIMARY)
  await standby.program.start()
  await onServer(primary, async (client) => {
    // From here on nothing is answered before both have it on disk.
    await client.query(`alter system set synchronous_standby_names = '${STANDBY_NAME}'`)
    await client.query('select pg_reload_conf()')
    await waitUntil(client, `select from pg_stat_replication where sync_state = 'sync'`)
  })

  return {
    primary,
    standby,
    url: [primary, standby].map(toUrl).join(','),
    promote: () =>
      onServer(standby, async (client) => {
        await client.query('select pg_promote(true, 60)')
        await waitUntil(client, 'select where not pg_is_in_recovery()')
      }),
    goOnAlone: () =>
      onServer(primary, async (client) => {
        await client.query(`alter system set synchronous_standby_names = ''`)
        await client.query('select pg_reload_conf()')
      }),
    async stop() {
      await primary.program.end('SIGINT')
      await standby.program.end('SIGINT')
    },
  }
}

/** Opens a connection to one of them, and closes it afterwards. */
export async function onServer<T>(
  { connection }: Server,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** A base backup of a running server (PostgreSQL documentation, "Making a Base Backup Using the Low Level API"). */
async function copyCluster(
  client: pg.Client,
  from: string,
  to: string,
  owner: { uid: number; gid: number },
): Promise<void> {
  await client.query(`select pg_backup_start('${STANDBY_NAME}', true)`)
  await mkdir(to, { mode: 0o700 })
  // Left out as the documentation says; the folders themselves are needed.
  const emptied =
    /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\//
  const left = /^(postmaster\.(pid|opts)|server\.log|standby\.signal)$/
  await cp(from, to, {
    recursive: true,
    filter: async (source) => {
      const path = source.slice(from.length + 1)
      // A relation may be dropped, or a temporary file go, while the copy is being made.
      return (
        !emptied.test(path) &&
        !left.test(path) &&
        (await lstat(source).catch(() => undefined)) !== undefined
      )
    },
  })
  const { rows } = await client.query<{ labelfile: string }>(
    'select labelfile from pg_backup_stop(true)',
  )
  await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '')
  await mkdir(join(to, 'pg_wal', 'archive_status'), { recursive: true })
  await giveTo(to, owner)
}

async function giveTo(path: string, owner: { uid: number; gid: number }): Promise<void> {
  await chown(path, owner.uid, owner.gid)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) await giveTo(inner, owner)
    else await chown(inner, owner.uid, owner.gid)
  }
}

/** Asks until a query has a row; throws when it has none for a minute. */
export async function waitUntil(client: pg.Client, query: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while ((await client.query(query)).rowCount === 0) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL never came to: ${query}`)
    await sleep(50)
  }
}

function toUrl({ connection }: Server): string {
  const { host, port, user, password, database } = connection
  const url = new URL(`postgres://${host}:${port}/${database}`)
  return Object.assign(url, { username: user ?? '', password }).href
}

/** How PostgreSQL was last started, but for where and at which port, which is ours to say. */
async function readStart(clusterDir: string): Promise<{ program: string; args: string[] }> {
  const { program, args: all } = await readLastStart(clusterDir)
  const args: string[] = []
  for (let i = 0; i < all.length; i++) {
    if (all[i] === '-D') i++
    else if (all[i] === '-c' && all[i + 1]?.startsWith('port=')) i++
    else args.push(all[i] ?? '')
  }
  return { program, args }
}

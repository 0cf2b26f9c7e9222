import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePorts } from '@campus-ecode/processes/free-ports'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import pg from 'pg'
import { openApprovals } from './clients/approvals.ts'
import { bindWechat } from './clients/bind-wechat.ts'
import { createPasswords, KEYPAD_ORIGIN } from './clients/passwords.ts'
import { createPhones, type Phones } from './clients/phones.ts'
import { CORE_ORIGIN, type CoreWire, createCoreWire } from './clients/signed-http.ts'
import { createTerminals } from './clients/terminals.ts'
import { createTransfers } from './clients/transfers.ts'
import { createWays } from './clients/ways.ts'
import { createDiary, type Diary } from './diary-writer.ts'
import { type Place, runDisturbances, type Step } from './disturbances.ts'
import { dumpLedger } from './dump-ledger.ts'
import { askAboutEverything, askAboutWays, awaitRest, endWhatWouldWait } from './heal.ts'
import { openOutsideWays } from './outside-fates.ts'
import { readOutsideMoves } from './outside-moves.ts'
import { createCore } from './processes/core.ts'
import { openPostgres, type Postgres } from './processes/postgres.ts'
import { startSandbox } from './processes/sandbox.ts'
import { startPostgresProxy } from './proxies/postgres-proxy.ts'
import { createRandom } from './random.ts'
import type { RecordedHistory } from './read-history.ts'
import { readSnapshot } from './snapshots.ts'
import { openBehind } from './traffic/behind-the-ways.ts'
import { wechatUser } from './traffic/by-wechat.ts'
import { runTraffic } from './traffic/run-traffic.ts'
import { readWayJournals } from './way-journals.ts'
import { createWechatAccount } from './wechat-account.ts'
import {
  describeWorld,
  importWorld,
  type Person,
  WAY_KINDS,
  type World,
  writeOutsideAccounts,
} from './world.ts'

const CORE_DIR = fileURLToPath(new URL('../../packages/core', import.meta.url))
const CORE_NAMES = ['a', 'b']
/** In which everything goes wrong once; a longer run has it again. */
const ROUND_SECONDS = 40
const SNAPSHOT_EVERY_MS = 500

export interface RunOptions {
  /** Decides every choice that is ours; when things happen is up to the machine. */
  seed: number
  /** Of traffic, and longer where not everything has gone wrong yet; the rest comes on top. */
  seconds: number
  /** What is broken; everything that can be, unless it is said. */
  programme?: readonly Step[]
  /** Of packages/core, or of a copy that is wrong on purpose. */
  coreDir?: string
  /** A folder that gets what the run leaves behind: diary, books, logs. Nothing in it is secret. */
  keep?: string
  /** Told now and then how far it is. */
  onProgress?(what: string): void
}

/**
 * Plays one history: starts PostgreSQL, two cores and the outside systems, lets people pay while
 * things break, heals everything, and reads what came of it. All that it starts ends with it.
 */
export async function runHistory(options: RunOptions): Promise<RecordedHistory> {
  const { seed, seconds, programme, coreDir = CORE_DIR, keep, onProgress = () => {} } = options
  const random = createRandom(seed)
  const dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-history-'))
  // Also when we are interrupted; what still writes there is dead by then, or about to be.
  const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 })
  process.once('exit', removeData)
  const opened: (() => Promise<unknown> | unknown)[] = [
    () => process.off('exit', removeData),
    removeData,
  ]
  try {
    const diary = createDiary(join(dataDir, 'history.jsonl'))
    opened.push(diary.close)
    const ports = await findFreePorts(6 + 2 * CORE_NAMES.length)
    const [pages = 0, bank = 0, oneCard = 0, database = 0, utility = 0, wechatPort = 0] = ports
    const portKey = { keyId: 'core-1', secret: newSecret() }
    const bffKey = { keyId: 'bff-1', secret: newSecret() }
    const wechat = createWechatAccount(dataDir)
    const accountsFile = join(dataDir, 'outside-accounts.json')
    await writeOutsideAccounts(accountsFile)
    const sandbox = await startSandbox({
      ports: { pages, bank, oneCard, utility, wechat: wechatPort },
      dataDir,
      accountsFile,
      portKey,
      wechat,
    })
    opened.push(sandbox.stop)

    const env = {
      DATA_DIR: dataDir,
      CORE_ORIGIN,
      BFF_KEY_ID: bffKey.keyId,
      BFF_KEY_SECRET: bffKey.secret,
      PORT_KEY_ID: portKey.keyId,
      PORT_KEY_SECRET: portKey.secret,
      BANK_URL: sandbox.bankUrl,
      ONE_CARD_URL: sandbox.oneCardUrl,
      SMS_URL: `${sandbox.url}/sms`,
      UTILITY_URL: sandbox.utilityUrl,
      ...wechat,
      WECHAT_PAY_URLS: sandbox.wechatUrl,
      WECHAT_API_URL: sandbox.wechatUrl,
      WECHAT_AUTHORISE_URL: `${sandbox.wechatUrl}/connect/oauth2/authorize`,
      KEYPAD_ORIGIN,
      LOG_LEVEL: 'error',
    }
    onProgress('a school is brought in')
    // Printed codes lead to where keypad pages are served.
    const demo = await importWorld({ coreDir, dataDir, env: { ...env, KEYPAD_PORT: '1' } })
    const postgres = await openPostgres(dataDir, database)
    opened.push(postgres.stop)
    onProgress('PostgreSQL starts')
    await postgres.start()

    const key = createSigningKey({ ...portKey, algorithm: 'hmac-sha256' })
    const places: Place[] = []
    const cores: CoreWire[] = []
    for (const [i, name] of CORE_NAMES.entries()) {
      const proxy = await startPostgresProxy(postgres.port)
      const outside = await openOutsideWays({
        core: name,
        bankUrl: sandbox.bankUrl,
        oneCardUrl: sandbox.oneCardUrl,
        utilityUrl: sandbox.utilityUrl,
        key,
        random: random.fork(`outside ${name}`),
        diary,
      })
      const core = createCore({
        name,
        port: ports[6 + 2 * i] ?? 0,
        keypadPort: ports[7 + 2 * i] ?? 0,
        coreDir,
        logFile: join(dataDir, `core-${name}.log`),
        env: {
          ...env,
          DATABASE_URL: databaseUrl(postgres, proxy.port),
          BANK_URL: outside.bankUrl,
          ONE_CARD_URL: outside.oneCardUrl,
          UTILITY_URL: outside.utilityUrl,
        },
      })
      const wire = createCoreWire(core)
      opened.push(proxy.close, outside.close, core.stop, wire.close)
      places.push({ core, database: proxy, outside })
      cores.push(wire)
    }
    onProgress('two cores start')
    await Promise.all(places.map(({ core }) => core.start()))

    const client = await connect(postgres)
    const { world, line } = await describeWorld(client, demo, seed)
    await client.end()
    diary.write(line)
    const { schoolId } = world
    const shared = {
      schoolId,
      bffKey: createSigningKey({ ...bffKey, algorithm: 'hmac-sha256' }),
      diary,
    }
    const terminals = createTerminals({ ...shared, cores, random: random.fork('network') })
    const transfers = createTransfers({ ...shared, random: random.fork('pages') })
    const passwords = createPasswords({
      ...shared,
      ...{ sandbox, cores, random: random.fork('keypads') },
    })
    opened.push(passwords.close)
    const approvals = openApprovals(postgres.connection, schoolId)
    opened.push(approvals.close)
    const ways = createWays({ ...shared, random: random.fork('ways') })
    const behind = openBehind({ connection: postgres.connection, sandbox, diary })
    opened.push(behind.close)
    const phones = createPhones({ ...shared, sandbox })
    onProgress('phones are enrolled, passwords set')
    await enrolPhones(phones, world, cores)
    // Afterwards: whoever has a password enrols by it, and no SMS is sent.
    await amongCores(
      cores,
      world.people.filter(({ hasPassword }) => hasPassword),
      passwords.set,
    )
    const bathNos = new Map<string, string>()
    await amongCores(cores, ofKind(world, 'bather'), async (person, core) => {
      bathNos.set(person.id, await passwords.setWater(person, core))
    })
    await amongCores(cores, ofKind(world, 'wechatter'), (person, core) =>
      bindWechat(person, wechatUser(person), core, shared),
    )

    onProgress(`people pay for ${seconds} s`)
    const setWeather = (weather: 'calm' | 'rough') => {
      terminals.weather = weather
      transfers.weather = weather
      passwords.weather = weather
      ways.state.weather = weather
      for (const { outside } of places) outside.weather = weather
    }
    setWeather('rough')
    const closing = new AbortController()
    const { signal } = closing
    opened.push(async () => closing.abort())
    await Promise.all([
      runTraffic(
        {
          ...{ world, phones, terminals, transfers, approvals, passwords, ways, behind, cores },
          ...{ bathNos, memory: [] },
        },
        random.fork('traffic'),
        signal,
      ),
      behind.troubleOutside(random.fork('trouble'), signal),
      takeSnapshots(postgres, diary, signal),
      runDisturbances({
        places,
        postgres,
        sandbox,
        diary,
        ...(programme && { programme }),
        random: random.fork('disturbances'),
        durationMs: Math.min(seconds, ROUND_SECONDS) * 1_000,
        signal: AbortSignal.timeout(seconds * 1_000),
      }).finally(() => closing.abort()),
    ])

    onProgress('everything heals')
    setWeather('calm')
    await sandbox.setFault({ service: 'bank', fault: 'none' })
    for (const service of ['one-card', 'utility', 'wechat'] as const) {
      await sandbox.setFault({ service, fault: 'none' })
    }
    await terminals.settle()
    await transfers.settle()
    await passwords.settle()
    await ways.settle()
    const reader = await connect(postgres)
    try {
      // Whoever was asked for WeChat's password when his order was given up pays after all.
      await behind.payBehindReversals(ofKind(world, 'wechatter').length)
      await endWhatWouldWait(reader, line.ways)
      await awaitRest(reader)
      onProgress(`${terminals.orders.size} orders are asked about`)
      await askAboutEverything(terminals, transfers, cores)
      await askAboutWays(ways, cores)
      diary.write(await readSnapshot(reader))
      const recorded: RecordedHistory = {
        lines: [...diary.lines],
        ledger: await dumpLedger(reader, world.schoolId),
        journals: readWayJournals(
          await sandbox.readJson('/utility/journal'),
          await sandbox.readJson('/wechat/journal'),
        ),
        outside: [
          ...readOutsideMoves('bank', await sandbox.readJson('/bank/journal')),
          ...readOutsideMoves('one_card', await sandbox.readJson('/one-card/journal')),
        ],
      }
      if (keep !== undefined) await keepRecord(keep, recorded, dataDir)
      const fallen = places.filter(({ core }) => core.hasFallen).map(({ core }) => core.name)
      if (fallen.length > 0) throw new Error(`core ${fallen.join(' and ')} ended by itself`)
      return recorded
    } finally {
      await reader.end()
    }
  } finally {
    for (const close of opened.reverse()) await close()
  }
}

async function keepRecord(folder: string, recorded: RecordedHistory, dataDir: string) {
  const { lines, ledger, outside, journals } = recorded
  await mkdir(folder, { recursive: true })
  const diary = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  await writeFile(join(folder, 'history.jsonl'), diary)
  await writeFile(
    join(folder, 'books.json'),
    JSON.stringify({ ledger, outside, journals }, null, 1),
  )
  for (const name of CORE_NAMES) {
    await copyFile(join(dataDir, `core-${name}.log`), join(folder, `core-${name}.log`))
  }
}

async function enrolPhones(phones: Phones, world: World, cores: CoreWire[]): Promise<void> {
  // A third goes without and is issued codes alone.
  const enrolling = world.people.filter(
    ({ kind }, i) =>
      kind === 'poor' || kind === 'edge' || (i % 3 !== 0 && !WAY_KINDS.includes(kind)),
  )
  await amongCores(cores, enrolling, phones.enrol)
}

function ofKind({ people }: World, wanted: Person['kind']): Person[] {
  return people.filter(({ kind }) => kind === wanted)
}

/** One after the other at each core. */
async function amongCores(
  cores: CoreWire[],
  people: Person[],
  work: (person: Person, core: CoreWire) => Promise<void>,
): Promise<void> {
  await Promise.all(
    cores.map(async (core, part) => {
      for (const [i, person] of people.entries()) {
        if (i % cores.length === part) await work(person, core)
      }
    }),
  )
}

async function takeSnapshots(postgres: Postgres, diary: Diary, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const client = await connect(postgres)
      try {
        while (!signal.aborted) {
          diary.write(await readSnapshot(client))
          await sleep(SNAPSHOT_EVERY_MS, undefined, { signal }).catch(() => {})
        }
      } finally {
        await client.end()
      }
    } catch {
      // PostgreSQL is away at the moment.
      await sleep(50)
    }
  }
}

async function connect(postgres: Postgres): Promise<pg.Client> {
  const client = new pg.Client(postgres.connection)
  client.on('error', () => {})
  await client.connect()
  return client
}

function databaseUrl({ connection }: Postgres, port: number): string {
  const { user, password, host, database } = connection
  const url = new URL(`postgres://${host}:${port}/${database}`)
  return Object.assign(url, { username: user, password }).href
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

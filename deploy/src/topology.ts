import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePorts } from '@campus-ecode/processes/free-ports'
import { isReady } from '@campus-ecode/processes/is-ready'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import { type Balancer, startBalancer } from './balancer.ts'
import { describeCampus, describeOutside, SCHOOL_ORIGIN } from './campus.ts'
import { type PostgresPair, startPostgresPair } from './postgres-pair.ts'
import { describeNodeProgram, describeProgram, type Program, ROOT, runProgram } from './program.ts'

/** Longer than the proxy takes to notice, on a machine that is busy too. */
const DRAIN_SECONDS = 6

/** BFF ×2 and core ×2 behind a proxy, a key process, PostgreSQL with a synchronous standby, the sandbox. */
export interface Topology {
  readonly bffs: readonly Program[]
  readonly cores: readonly Program[]
  readonly keys: Program
  readonly postgres: PostgresPair
  readonly proxies: { bff: Balancer; core: Balancer; keypad: Balancer }
  readonly demo: Demo
  /** Journals of bank and one-card system are read here. */
  readonly sandboxUrl: string
  readonly metricsUrls: readonly string[]
  readonly logDir: string
  /** For `ecode` commands beside it. Secret. */
  readonly coreEnv: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/**
 * Starts what a school runs, as plain processes of this machine, at ports that are free.
 *
 * @param dataDir An empty folder, which gets everything.
 * @param onProgress Told what is started.
 */
export async function startTopology(
  dataDir: string,
  onProgress: (what: string) => void = () => {},
): Promise<Topology> {
  const logDir = join(dataDir, 'logs')
  await mkdir(logDir, { recursive: true })
  const opened: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const ports = await findFreePorts(19)
    const take = () => ports.pop() ?? 0
    const [bffFront, coreFront, keypadFront] = [take(), take(), take()]
    const origins = {
      bff: `http://127.0.0.1:${bffFront}`,
      core: `http://127.0.0.1:${coreFront}`,
      keypad: `http://127.0.0.1:${keypadFront}`,
    }
    const bffKey = { BFF_KEY_ID: 'bff-1', BFF_KEY_SECRET: newSecret() }
    const portKey = { PORT_KEY_ID: 'core-1', PORT_KEY_SECRET: newSecret() }
    const [sandboxPort, bankPort, oneCardPort, utilityPort] = [take(), take(), take(), take()]
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`
    const accountsFile = join(dataDir, 'outside-accounts.json')
    await writeFile(accountsFile, JSON.stringify(describeOutside()))
    const sandbox = describeNodeProgram({
      name: 'sandbox',
      entry: 'packages/sandbox/dist/main.js',
      url: sandboxUrl,
      logFile: join(logDir, 'sandbox.log'),
      env: {
        ...portKey,
        DATA_DIR: dataDir,
        ACCOUNTS_FILE: accountsFile,
        SANDBOX_PORT: String(sandboxPort),
        BANK_PORT: String(bankPort),
        ONE_CARD_PORT: String(oneCardPort),
        UTILITY_PORT: String(utilityPort),
      },
    })
    onProgress('the sandbox of bank and one-card system')
    await start(sandbox)

    const keysDir = join(dataDir, 'keys')
    const keySocket = join(dataDir, 'keys.sock')
    const keys = describeProgram({
      name: 'keys',
      file: process.execPath,
      args: [join(ROOT, 'packages/core/dist/keys/main.js')],
      env: { KEYS_DIR: keysDir, KEY_SOCKET: keySocket },
      logFile: join(logDir, 'keys.log'),
      isReady: () =>
        readFile(keySocket).then(
          () => true,
          ({ code }) => code === 'ENXIO',
        ),
    })
    onProgress('the key process')
    await start(keys)

    const shared = {
      ...bffKey,
      ...portKey,
      DATA_DIR: dataDir,
      KEY_SOCKET: keySocket,
      CORE_ORIGIN: origins.core,
      KEYPAD_ORIGIN: origins.keypad,
      BFF_ORIGIN: origins.bff,
      BANK_URL: `http://127.0.0.1:${bankPort}`,
      ONE_CARD_URL: `http://127.0.0.1:${oneCardPort}`,
      UTILITY_URL: `http://127.0.0.1:${utilityPort}`,
      SMS_URL: `${sandboxUrl}/sms`,
    }
    onProgress('a school is brought in')
    const demo = await importSchool(dataDir, { ...shared, KEYPAD_PORT: '1' }, origins)

    onProgress('PostgreSQL and its synchronous standby')
    const postgres = await startPostgresPair(dataDir, logDir, [take(), take()])
    opened.push(postgres.stop)

    const coreEnv = { ...shared, DATABASE_URL: postgres.url }
    const cores = ['core-a', 'core-b'].map((name) => {
      const [port, keypadPort, metricsPort] = [take(), take(), take()]
      const program = describeNodeProgram({
        name,
        entry: 'packages/core/dist/main.js',
        url: `http://127.0.0.1:${port}`,
        logFile: join(logDir, `${name}.log`),
        env: {
          ...coreEnv,
          CORE_PORT: String(port),
          KEYPAD_PORT: String(keypadPort),
          KEYPAD_PROXIES: '1',
          METRICS_PORT: String(metricsPort),
          DRAIN_SECONDS: String(DRAIN_SECONDS),
          LOG_LEVEL: 'info',
        },
      })
      return { program, port, keypadPort, metricsPort }
    })
    onProgress('two cores')
    await startAll(
      cores.map(({ program }) => program),
      'SIGKILL',
    )
    const bffs = ['bff-a', 'bff-b'].map((name) => ({ name, port: take(), metricsPort: take() }))
    const core = await startBalancer(
      coreFront,
      cores.map(({ port }) => ({ port, readyPort: port })),
    )
    const keypad = await startBalancer(
      keypadFront,
      cores.map(({ port, keypadPort }) => ({ port: keypadPort, readyPort: port })),
    )
    opened.push(core.close, keypad.close)
    const sessionKey = newSecret()
    const bffPrograms = bffs.map(({ name, port, metricsPort }) =>
      describeNodeProgram({
        name,
        entry: 'packages/bff/dist/main.js',
        url: `http://127.0.0.1:${port}`,
        logFile: join(logDir, `${name}.log`),
        env: {
          ...bffKey,
          SESSION_KEY: sessionKey,
          PORT: String(port),
          METRICS_PORT: String(metricsPort),
          BFF_ORIGIN: origins.bff,
          BFF_PROXIES: '1',
          KEYPAD_ORIGIN: origins.keypad,
          CORE_URL: origins.core,
          DRAIN_SECONDS: String(DRAIN_SECONDS),
        },
      }),
    )
    onProgress('two BFFs')
    await startAll(bffPrograms, 'SIGKILL')
    const bff = await startBalancer(
      bffFront,
      bffs.map(({ port }) => ({ port, readyPort: port })),
    )
    opened.push(bff.close)
    while (!(await isReady(origins.bff))) {}

    return {
      bffs: bffPrograms,
      cores: cores.map(({ program }) => program),
      keys,
      postgres,
      proxies: { bff, core, keypad },
      demo,
      sandboxUrl,
      metricsUrls: [...cores, ...bffs].map(({ metricsPort }) => `http://127.0.0.1:${metricsPort}`),
      logDir,
      coreEnv,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }

  function start(program: Program): Promise<void> {
    return startAll([program])
  }

  /** @param end How they go at the end: whoever drains first would only be waited for. */
  async function startAll(programs: Program[], end: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') {
    opened.push(() => Promise.all(programs.map((program) => program.end(end))))
    await Promise.all(programs.map((program) => program.start()))
  }
}

/** Into an embedded database, whose cluster the pair of servers then takes over. */
async function importSchool(
  dataDir: string,
  env: Record<string, string>,
  origins: { bff: string; core: string },
): Promise<Demo> {
  const file = join(dataDir, 'campus.json')
  const out = join(dataDir, 'demo.json')
  await writeFile(file, JSON.stringify(describeCampus()))
  await runProgram(
    'packages/core/dist/cli.js',
    [
      ...['import-campus', file, '--out', out, '--origin', SCHOOL_ORIGIN],
      ...['--bff-url', origins.bff, '--core-url', origins.core],
    ],
    env,
  )
  return demoSchema.parse(JSON.parse(await readFile(out, 'utf8')))
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

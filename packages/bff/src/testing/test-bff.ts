import { hash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import { type RunningBff, startBff } from '../start.ts'
import { coreKey, coreProblem, type FakeCore, startFakeCore } from './fake-core.ts'
import { bffOrigin, keypadOrigin, pageOrigin, school } from './page.ts'

export const sessionKey = hash('sha256', 'a session key', 'base64url')
export const otherSessionKey = hash('sha256', 'another session key', 'base64url')
export const personId = '0190b6c4-7d3e-7abc-8def-0123456789ab'

/** A BFF before a fake core, both over real HTTP in this process. */
export interface TestBff {
  url: string
  config: Config
  core: FakeCore
  /** Everything that was logged. */
  log(): string
  stop: RunningBff['stop']
  /** Stops what still runs, also the core. */
  close(): Promise<void>
}

export async function startTestBff(
  overrides: Partial<Config> = {},
  sharedCore?: FakeCore,
): Promise<TestBff> {
  const core = sharedCore ?? (await startFakeCore())
  core.handle = answerSubjects
  const sdkDir = await writeSdk()
  const hostedDir = join(sdkDir, 'hosted-page')
  const lines: string[] = []
  const log = pino(
    { level: 'debug' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    }),
  )
  const config: Config = {
    host: '127.0.0.1',
    port: 0,
    origin: bffOrigin,
    coreOrigin: core.origin,
    coreKey,
    sessionKey,
    sessionKeyPrevious: undefined,
    sdkDir,
    hostedDir,
    proxyCount: 0,
    keypadOrigin,
    wechatScriptOrigin: 'https://res.wx.qq.com',
    drainMs: 0,
    metrics: undefined,
    tracing: undefined,
    logLevel: 'debug',
    ...overrides,
  }
  const bff = await startBff(config, log)
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await bff.stop()
  }
  return {
    url: `http://127.0.0.1:${bff.port}`,
    config,
    core,
    log: () => lines.join(''),
    stop,
    async close() {
      await stop()
      if (!sharedCore) await core.close()
      await rm(sdkDir, { recursive: true })
    },
  }
}

/** Knows one school and one person; everything else is as the fake core answers. */
export function answerSubjects({ target, body }: { target: string; body: string }) {
  if (target !== `/v1/schools/${school.id}/subjects`) return undefined
  const { secret, cardNo } = JSON.parse(body) as { secret: string; cardNo: string }
  if (secret !== school.secret) return coreProblem('SCHOOL_CREDENTIALS_INVALID')
  if (cardNo !== '20230417') return coreProblem('SUBJECT_UNKNOWN')
  return { status: 200, json: { schoolId: school.id, personId, origins: [pageOrigin] } }
}

/** The built SDK and, in a folder of it, the hosted page. */
export async function writeSdk(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ecode-sdk-'))
  await mkdir(join(dir, 'assets'))
  await writeFile(join(dir, 'ecode.js'), `/* loader */${'window.ECode={};'.repeat(100)}`)
  await writeFile(join(dir, 'assets', 'card-1a2b3c4d.js'), 'export{}')
  await mkdir(join(dir, 'hosted-page'))
  await writeFile(join(dir, 'hosted-page', 'hosted-1a2b3c4d.js'), 'ECode')
  await writeFile(join(dir, 'hosted-page', 'hosted-1a2b3c4d.css'), 'body{}')
  await writeFile(join(dir, 'hosted-page', 'hosted-1a2b3c4d.svg'), '<svg/>')
  const integrity = { 'ecode.js': 'sha384-current' }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify({ version: '0.1.0', integrity }))
  return dir
}

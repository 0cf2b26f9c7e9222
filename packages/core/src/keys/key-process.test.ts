import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { encodeRevocationList } from '@campus-ecode/protocol/revocation-list'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { sealDigits } from '../testing/seal-digits.ts'
import { createKeyClient } from './key-client.ts'
import { type KeyProcess, startKeyProcess } from './key-process.ts'
import { KeysUnavailable } from './keys-unavailable.ts'

const onLinux = it.skipIf(process.platform !== 'linux') // They look into /proc.
const log = pino({ level: 'silent' })
let programs: Awaited<ReturnType<typeof bundlePrograms>>
let program: string
let directory: string
const running: KeyProcess[] = []

beforeAll(async () => {
  programs = await bundlePrograms(new URL('..', import.meta.url), { main: 'keys/main.ts' })
  program = programs.pathOf('main')
  directory = await mkdtemp(join(tmpdir(), 'key-process-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((keys) => keys.stop()))
})
afterAll(async () => {
  await programs.remove()
  await rm(directory, { recursive: true })
})

async function start(keysDir = join(directory, 'keys')): Promise<KeyProcess> {
  const keys = await startKeyProcess(keysDir, log, program)
  running.push(keys)
  return keys
}

describe('the key process', () => {
  it('answers every call over a socket that only its owner may use', async () => {
    const { socketPath } = await start()
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
    const client = createKeyClient(socketPath)
    const sealed = await client.seal('people/1001/a', '林知夏')
    expect(await client.open('people/1001/a', sealed)).toBe('林知夏')
    await expect(client.open('people/1001/b', sealed)).rejects.toThrow('refused open')
    expect(await client.index('card-no/1001', '1')).toHaveLength(32)
    const [key] = await client.epochKeys('1001', 5)
    expect(key).toHaveLength(32)
    const point = await client.corePublicKey('1001')
    expect(await client.deviceKey('1001', point, new Uint8Array(16), 'pay|1001|1')).toHaveLength(32)
    await expect(
      client.deviceKey('1001', new Uint8Array(65), new Uint8Array(16), 'pay|1001|1'),
    ).rejects.toThrow('refused deviceKey')

    const aad = new Uint8Array(100)
    const sealedDigits = await sealDigits(await client.keypadPublicKey(), aad, '417290')
    const made = await client.hashPassword('a', sealedDigits, aad)
    if (typeof made === 'string') throw new Error(made)
    expect(await client.checkPassword('a', sealedDigits, aad, made.hash)).toBe('right')
    expect(await client.checkPassword('b', sealedDigits, aad, made.hash)).toBe('wrong')
    expect(await client.changePassword('a', sealedDigits, aad, made.hash)).toBe('malformed')
    const other = { context: 'a', hash: made.hash }
    expect(await client.hashPassword('b', sealedDigits, aad, other)).toBe('same')
    expect(await client.hashPassword('b', sealedDigits, aad, null)).toMatchObject({
      hash: expect.any(String),
    })

    expect(await client.accessRootKey('1001', 'ed25519')).toHaveLength(32)
    expect(await client.accessIssuerKey('1001', 'sm2', 255)).toHaveLength(65)
    expect(await client.collectionKey('1001', 1)).toHaveLength(32)
    expect(await client.signCollection('1001', 1, 'm', 't')).toHaveLength(64)
    const hashes = Buffer.alloc(50_000 * 8)
    for (let at = 0; at < hashes.length; at += 8) hashes.writeUInt32BE(at, at)
    const issued = Math.floor(Date.now() / 1000)
    const list = encodeRevocationList({
      ...{ school: '1001', seq: 1, issued, nextUpdate: issued + 1, minNotBefore: 0, hashes },
    })
    expect(await client.signDocument('1001', 'ed25519', 1, 'ECA1.list', list)).toHaveLength(64)
    await expect(client.signDocument('1001', 'ed25519', null, 'ECA1.list', list)).rejects.toThrow(
      'refused signDocument',
    )
    await expect(client.signCredential('1001', 'ed25519', 1, new Uint8Array(46))).rejects.toThrow(
      'refused signCredential',
    )
    await client.close()
  })

  it('says that it is busy rather than letting passwords queue up', async () => {
    const { socketPath } = await start()
    const client = createKeyClient(socketPath)
    const aad = new Uint8Array(100)
    const sealed = await sealDigits(await client.keypadPublicKey(), aad, '417290')
    const asked = Array.from({ length: 80 }, () => client.hashPassword('a', sealed, aad))
    // Payments do not wait behind them.
    expect(await client.index('card-no/1001', '2')).toHaveLength(32)
    const results = await Promise.allSettled(asked)
    const failed = results.filter((result) => result.status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThan(80)
    for (const { reason } of failed) expect(reason).toBeInstanceOf(KeysUnavailable)
    await client.close()
  })

  onLinux('has nothing secret in its arguments or environment, and none of ours', async () => {
    vi.stubEnv('BFF_KEY_SECRET', 'planted-secret')
    const { pid } = await start()
    vi.unstubAllEnvs()
    const keyring = await readFile(join(directory, 'keys', 'keyring.json'), 'utf8')
    const secrets = [...keyring.matchAll(/"([\w-]{43})"/g)].map((match) => match[1] ?? '')
    expect(secrets).toHaveLength(4)
    const seen = await Promise.all(
      ['environ', 'cmdline'].map((file) => readFile(`/proc/${pid()}/${file}`, 'utf8')),
    )
    for (const secret of ['planted-secret', ...secrets]) expect(seen.join()).not.toContain(secret)
  })

  it('is started again when it dies, with the same keys', async () => {
    const keys = await start()
    const client = createKeyClient(keys.socketPath)
    const hash = await client.index('card-no/1001', '1')
    const pid = keys.pid() ?? 0
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await client.index('card-no/1001', '1')).toEqual(hash), {
      timeout: 20_000,
    })
    expect(keys.pid()).not.toBe(pid)
    await client.close()
  })

  it('derives a key once and keeps answering it while the process is away', async () => {
    const keys = await start()
    const client = createKeyClient(keys.socketPath)
    const first = await client.epochKeys('1001', 7)
    await keys.stop()
    expect(await client.epochKeys('1001', 7)).toEqual(first)
    await expect(client.epochKeys('1001', 8)).rejects.toThrow(KeysUnavailable)
    await expect(client.check()).rejects.toThrow(KeysUnavailable)
    await client.close()
  })

  onLinux('leaves with a parent that was killed', async () => {
    const keysDir = join(directory, 'orphan')
    const parent = `
      import { fork } from 'node:child_process'
      const child = fork(${JSON.stringify(program)}, { env: {
        KEYS_DIR: ${JSON.stringify(keysDir)}, KEY_SOCKET: ${JSON.stringify(join(keysDir, 's'))} } })
      console.log(child.pid)
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000)`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', parent])
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    const pid = Number(stdout)
    expect(pid).toBeGreaterThan(0)
    await vi.waitFor(async () => expect(await isRunning(pid)).toBe(false), { timeout: 20_000 })
  })

  it('does not start, and is not tried for ever, on a keyring that is broken', async () => {
    const keysDir = join(directory, 'broken')
    await mkdir(keysDir)
    await writeFile(join(keysDir, 'keyring.json'), '{}')
    await expect(start(keysDir)).rejects.toThrow('the key process cannot start')
  })

  it('finds a place for its socket when the path of the data is long', async () => {
    const keys = await start(join(directory, 'x'.repeat(120)))
    const client = createKeyClient(keys.socketPath)
    await client.check()
    expect((await stat(dirname(keys.socketPath))).mode & 0o777).toBe(0o700)
    await client.close()
  })
})

/** A zombie that nobody reaps has ended too. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX')
  return !/^State:\s+[ZX]/m.test(status)
}

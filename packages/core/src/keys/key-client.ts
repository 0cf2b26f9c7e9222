import { LRUCache } from 'lru-cache'
import { Pool } from 'undici'
import { countKeyFailure } from '../metrics/metrics.ts'
import { type KeyCall, keyCalls } from './key-api.ts'
import type { Keys } from './keys.ts'
import { KeysUnavailable } from './keys-unavailable.ts'

const CALL_TIMEOUT_MS = 3_000
const CONNECTIONS_MAX = 8
/** Passwords are slow on purpose, and payments must not wait behind them. */
const PASSWORD_CALL_TIMEOUT_MS = 10_000
/** More than the key process lets wait, so that it is the one to say that it is busy. */
const PASSWORD_CONNECTIONS_MAX = 80
/** Epochs of many schools, 14 days ahead. */
const EPOCH_KEYS_MAX = 10_000
/** A few for every phone that is on screen at lunch; about 300 bytes each. */
const DEVICE_KEYS_MAX = 100_000
const COLLECTION_KEYS_MAX = 1_000

export interface KeyClient extends Keys {
  /** Throws unless the key process answers. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Asks the key process behind a socket, and keeps derived keys in bounded memory. */
export function createKeyClient(socketPath: string): KeyClient {
  const open = (connections: number) => new Pool('http://keys', { socketPath, connections })
  const quick = { pool: open(CONNECTIONS_MAX), timeoutMs: CALL_TIMEOUT_MS }
  const slow = { pool: open(PASSWORD_CONNECTIONS_MAX), timeoutMs: PASSWORD_CALL_TIMEOUT_MS }

  async function send(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    { pool, timeoutMs } = quick,
  ) {
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const headers = body === null ? {} : { 'content-type': 'application/json' }
      const answer = await pool.request({ method, path, body, headers, signal })
      return { status: answer.statusCode, content: (await answer.body.json()) as object }
    } catch (error) {
      countKeyFailure()
      throw new KeysUnavailable(error)
    }
  }

  async function callOver<N extends KeyCall>(
    lane: typeof quick,
    name: N,
    args: Parameters<Keys[N]>,
  ): Promise<Awaited<ReturnType<Keys[N]>>> {
    const body = JSON.stringify(keyCalls[name].args.encode(args as never))
    const { status, content } = await send('POST', `/${name}`, body, lane)
    if (status === 503) throw new KeysUnavailable()
    if (status !== 200 || !('result' in content)) {
      throw new Error(`the key process refused ${name} (${status})`)
    }
    return keyCalls[name].result.decode(content.result as never) as Awaited<ReturnType<Keys[N]>>
  }
  const call = <N extends KeyCall>(name: N, ...args: Parameters<Keys[N]>) =>
    callOver(quick, name, args)

  const epochKeys = new LRUCache<string, Uint8Array[], [string, number]>({
    max: EPOCH_KEYS_MAX,
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => call('epochKeys', ...context),
  })
  const deviceKeys = new LRUCache<string, Uint8Array, Parameters<Keys['deviceKey']>>({
    max: DEVICE_KEYS_MAX,
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => call('deviceKey', ...context),
  })
  const publicKeys = new LRUCache<string, Uint8Array>({
    max: EPOCH_KEYS_MAX,
    ignoreFetchAbort: true,
    fetchMethod: (schoolId) => call('corePublicKey', schoolId),
  })
  const collectionKeys = new LRUCache<string, Uint8Array, [string, number]>({
    max: COLLECTION_KEYS_MAX,
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => call('collectionKey', ...context),
  })

  return {
    epochKeys: (...args) => epochKeys.forceFetch(args.join('/'), { context: args }),
    deviceKey(...args) {
      const [schoolId, devicePublicKey, grantSalt, info] = args
      // Latin-1 keeps a byte a byte; a base64 key would take half as much again.
      const bytes = [devicePublicKey, grantSalt].map((part) => Buffer.from(part).toString('latin1'))
      return deviceKeys.forceFetch([schoolId, info, ...bytes].join('/'), { context: args })
    },
    corePublicKey: (schoolId) => publicKeys.forceFetch(schoolId),
    seal: (context, plain) => call('seal', context, plain),
    open: (context, sealed) => call('open', context, sealed),
    index: (context, value) => call('index', context, value),
    keypadPublicKey: () => call('keypadPublicKey'),
    hashPassword: (...args) => callOver(slow, 'hashPassword', args),
    checkPassword: (...args) => callOver(slow, 'checkPassword', args),
    changePassword: (...args) => callOver(slow, 'changePassword', args),
    setWaterPassword: (...args) => callOver(slow, 'setWaterPassword', args),
    checkWaterPassword: (...args) => callOver(slow, 'checkWaterPassword', args),
    hashStaffPassword: (...args) => callOver(slow, 'hashStaffPassword', args),
    checkStaffPassword: (...args) => callOver(slow, 'checkStaffPassword', args),
    accessRootKey: (...args) => call('accessRootKey', ...args),
    accessIssuerKey: (...args) => call('accessIssuerKey', ...args),
    signCredential: (...args) => call('signCredential', ...args),
    signDocument: (...args) => call('signDocument', ...args),
    collectionKey: (...args) => collectionKeys.forceFetch(args.join('/'), { context: args }),
    signCollection: (...args) => call('signCollection', ...args),
    statementKey: (...args) => call('statementKey', ...args),
    signStatement: (...args) => call('signStatement', ...args),
    async check() {
      await send('GET', '/healthz', null)
    },
    async close() {
      await Promise.all([quick.pool.close(), slow.pool.close()])
    },
  }
}

import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { encryptAlias } from '@campus-ecode/protocol/alias'
import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import { signRequest } from '@campus-ecode/protocol/http-signature'
import {
  drawOneTimePart,
  generateAgreementKey,
  oneTimeInfo,
  oneTimeStep,
} from '@campus-ecode/protocol/one-time'
import { deviceMode, formatDeviceCode } from '@campus-ecode/protocol/payment-code'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { Pool } from 'undici'
import { v7 } from 'uuid'
import { openDatabase } from '../db/database.ts'
import { terminalKeyContext } from '../http/caller-keys.ts'
import { createKeyClient } from '../keys/key-client.ts'
import type { Order } from './pay-load.ts'
import { ANALYZE, SCHOOL, seedPeople, seedSchool, seedTills } from './seed-campus.ts'

/**
 * A program for `npm run bench`: tills that scan phones' codes and pay over signed HTTP at CORE_URL.
 * Speaks as pay-load.ts does. It has the database and the key process at hand to make tills and phones
 * without enrolling each; what it sends is what tills send.
 */
const { DATABASE_URL, CORE_URL = '', KEY_SOCKET = '' } = process.env
const [people = 20_000, tills = 64] = process.argv.slice(2).map(Number)
/** So many codes are drawn for a slice; one that is faster ends early. */
const PER_SECOND_MAX = 4_000
const MODE = deviceMode('wallet', false)

const db = await openDatabase({ DATABASE_URL })
const keys = createKeyClient(KEY_SOCKET)
await seedSchool(db.pool)
await seedTills(db.pool, tills)
const signers = await giveKeys()
const phones = await enrolPhones()
await db.pool.query(ANALYZE)
const pool = new Pool(CORE_URL, { connections: 128, pipelining: 1 })
let next = 0

console.log('{"ready":true}')
for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await run(JSON.parse(line))))
}
await pool.close()
await keys.close()
await db.close()

async function run({ inFlight, ms }: Omit<Order, 'merchants'>) {
  const codes = await drawCodes(ms)
  let drawn = 0
  const waits: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + ms
  await Promise.all(
    Array.from({ length: inFlight }, async (_, at) => {
      const key = signers[at % signers.length] as SigningKey
      for (let sent = performance.now(); sent < end; ) {
        const code = codes[drawn++]
        const phone = code && phones[next++ % phones.length]
        if (!phone) break
        await pay(key, code)
        phone.paidStep = oneTimeStep(Date.now() / 1000)
        const now = performance.now()
        waits.push(now - sent)
        sent = now
      }
    }),
  )
  const took = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.ceil(waits.length * share) - 1] ?? 0
  const cpuMs = (user + system) / 1000
  return { payments: waits.length, ms: took, p50Ms: at(0.5), p99Ms: at(0.99), cpuMs }
}

async function pay(key: SigningKey, code: string): Promise<void> {
  const body = JSON.stringify({ orderNo: v7(), amountFen: 1, code })
  const headers = { 'content-type': 'application/json' }
  const call = { method: 'POST' as const, path: '/v1/payments', body }
  const signed = signRequest({
    ...call,
    origin: CORE_URL,
    target: call.path,
    headers,
    key,
    nowMs: Date.now(),
  })
  const answer = await pool.request({ ...call, headers: { ...headers, ...signed.headers } })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`a payment was answered ${answer.statusCode}`)
  if (!text.includes('"PAID"')) throw new Error('a payment was not paid')
}

/** As many as can be paid in that time, of those who have not paid for longest. */
async function drawCodes(ms: number): Promise<string[]> {
  const count = Math.min(phones.length, Math.ceil((ms / 1000) * PER_SECOND_MAX))
  const queue = Array.from({ length: count }, (_, at) => phones[(next + at) % phones.length])
  // After a payment the codes on display are used up: the next comes with the next step.
  const newest = Math.max(...queue.map((phone) => phone?.paidStep ?? 0))
  while (oneTimeStep(Date.now() / 1000) <= newest) await sleep(100)

  const at = Date.now() / 1000
  const epoch = aliasEpoch(at)
  const [epochKey] = await keys.epochKeys(SCHOOL, epoch)
  if (!epochKey) throw new Error('no epoch key')
  return Promise.all(
    queue.map(async (phone) => {
      if (!phone) throw new Error('no phones')
      if (phone.epoch !== epoch) {
        phone.epoch = epoch
        phone.alias = encryptAlias(epochKey, SCHOOL, epoch, phone.index)
      }
      const oneTimePart = await drawOneTimePart(phone.key, oneTimeStep(at))
      return formatDeviceCode({ school: SCHOOL, mode: MODE, alias: phone.alias, oneTimePart })
    }),
  )
}

async function giveKeys(): Promise<SigningKey[]> {
  const { rows } = await db.pool.query('select terminal_id, key_id from terminals')
  return Promise.all(
    rows.map(async (row) => {
      const secret = randomBytes(32).toString('base64url')
      const sealed = await keys.seal(terminalKeyContext(SCHOOL, row.terminal_id), secret)
      await db.pool.query('update terminals set sealed_key = $2 where terminal_id = $1', [
        row.terminal_id,
        Buffer.from(sealed),
      ])
      return createSigningKey({ keyId: row.key_id, algorithm: 'hmac-sha256', secret })
    }),
  )
}

async function enrolPhones() {
  const made = []
  for (let index = 0; index < people; index++) {
    const { publicKey } = await generateAgreementKey()
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
    const grantSalt = randomBytes(16)
    // The key that phone and core agree on, from the core's side.
    const raw = await keys.deviceKey(SCHOOL, point, grantSalt, oneTimeInfo(SCHOOL, MODE))
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', new Uint8Array(raw), hmac, false, ['sign'])
    made.push({ index, publicKey: point, grantSalt, key, epoch: -1, alias: '', paidStep: 0 })
  }
  await seedPeople(db.pool, made)
  return made
}

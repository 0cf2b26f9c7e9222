import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { register } from '@campus-ecode/service/metrics'
import { startMetricsServer } from '@campus-ecode/service/metrics-server'
import { request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLog } from '../http/log.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { watchState } from './read-state.ts'

let core: HttpCore
let dataDir: string
let url: string
let keysAnswer = true
const closing: (() => unknown)[] = []
beforeAll(async () => {
  // Other files have counted in this process, too.
  register.resetMetrics()
  core = await createHttpCore()
  dataDir = await mkdtemp(`${tmpdir()}/metrics-`)
  const state = watchState({
    db: core.db,
    dataDir,
    checkKeys: () => (keysAnswer ? Promise.resolve() : Promise.reject(new Error('away'))),
    isStopping: () => false,
  })
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0 }, state.refresh)
  closing.push(() => server.close())
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  for (const close of closing) close()
  await core.close()
  await rm(dataDir, { recursive: true })
})

async function scrape(): Promise<string> {
  return (await request(`${url}/metrics`)).body.text()
}

const readValue = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  )

it('counts calls by route and refusal, payments that nobody knows of, and what is asked outside', async () => {
  const { personId } = await core.addPerson({ walletFen: 0, bankCard: true })
  const pay = async (orderNo: string, code: string) =>
    core.call('pay', { body: { orderNo, amountFen: 100, code } })
  core.bank.setFault('silent')
  await pay('unknown', await core.issueCode(personId))
  await pay('wrong', '710000000000000000000000')
  await core.db.pool.query(
    `update payments set created_at = now() - interval '10 minutes' where order_no = 'unknown'`,
  )
  const text = await scrape()
  expect(text).toMatch(/ecode_core_calls_total\{route="pay",status="20\d",code=""\} [1-9]/)
  expect(text).toMatch(/ecode_core_calls_total\{route="pay",status="4\d\d",code="[A-Z_]+"\} 1/)
  expect(text).toMatch(/ecode_core_call_seconds_count\{route="pay"\} [2-9]/)
  expect(readValue(text, 'ecode_core_open_payments{state="UNKNOWN"}')).toBe(1)
  expect(readValue(text, 'ecode_core_unknown_age_seconds')).toBeGreaterThan(590)
  expect(readValue(text, 'ecode_core_movements{port="bank"}')).toBe(1)
  expect(Math.abs(readValue(text, 'ecode_core_clock_offset_seconds'))).toBeLessThan(1)
  expect(readValue(text, 'ecode_core_disk_free_ratio')).toBeGreaterThan(0)
  expect(readValue(text, 'ecode_core_ready')).toBe(1)
  expect(readValue(text, 'ecode_core_pool_connections')).toBeGreaterThan(0)
})

it('names no person, order or card in any label', async () => {
  const labels = [...(await scrape()).matchAll(/(\w+)="([^"]*)"/g)]
  const ours = new Set(['route', 'status', 'code', 'port', 'outcome', 'state', 'alarm', 'le'])
  // Those of the runtime are Node's own.
  const runtime = new Set(['version', 'major', 'minor', 'patch', 'type', 'kind', 'space'])
  for (const [, name = '', value = ''] of labels) {
    expect(ours.has(name) || runtime.has(name), name).toBe(true)
    expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|\d{6,}/)
  }
})

it('counts alarms by what they say', async () => {
  const log = createLog('core', 'info', { write() {} })
  log.error({ schoolId: '1001' }, 'alarm: a reversal is refused outside')
  log.error({ schoolId: '1002' }, 'alarm: a reversal is refused outside')
  log.error('no alarm')
  expect(await scrape()).toContain(
    'ecode_core_alarms_total{alarm="a reversal is refused outside"} 2',
  )
})

it('is not ready while the key process does not answer', async () => {
  keysAnswer = false
  await new Promise((resolve) => setTimeout(resolve, 5_100))
  const text = await scrape()
  expect(readValue(text, 'ecode_core_key_process_up')).toBe(0)
  expect(readValue(text, 'ecode_core_ready')).toBe(0)
})

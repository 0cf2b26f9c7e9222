import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCoreClient } from './core-client.ts'
import { coreKey, type FakeCore, startFakeCore } from './testing/fake-core.ts'

let core: FakeCore
beforeAll(async () => {
  core = await startFakeCore()
})
afterAll(() => core.close())

const log = pino({ level: 'silent' })
const call = { method: 'GET', target: '/v1/events', requestId: 'a-request' }

it('gives up on a core that does not answer in time', async () => {
  const client = createCoreClient({ origin: core.origin, ...coreKey, log })
  core.handle = () => new Promise((resolve) => setTimeout(resolve, 4_000, undefined))
  const startedAt = performance.now()
  expect(await client.call({ ...call, timeoutMs: 100 })).toMatchObject({ code: 'CORE_UNREACHABLE' })
  expect(performance.now() - startedAt).toBeLessThan(3_900)
  await client.close()
})

it('does not wait longer for a connection than for an answer', async () => {
  const client = createCoreClient({ origin: core.origin, ...coreKey, log })
  core.handle = () => new Promise((resolve) => setTimeout(resolve, 4_000, undefined))
  const before = core.calls.length
  const busy = Array.from({ length: 128 }, () => client.call(call))
  const startedAt = performance.now()
  expect(await client.call({ ...call, timeoutMs: 100 })).toMatchObject({ code: 'CORE_UNREACHABLE' })
  expect(performance.now() - startedAt).toBeLessThan(3_900)
  for (const answer of await Promise.all(busy)) expect(answer.ok).toBe(true)
  core.handle = () => undefined
  expect((await client.call(call)).ok).toBe(true)
  // What nobody waits for any more is not sent late either.
  expect(core.calls.length).toBe(before + 128 + 1)
  await client.close()
})

it('gives up on a core that does not finish its answer', async () => {
  const client = createCoreClient({ origin: core.origin, ...coreKey, log })
  core.respondRaw = (response) => void response.writeHead(200).write('{')
  expect(await client.call({ ...call, timeoutMs: 200 })).toMatchObject({ code: 'CORE_UNREACHABLE' })
  core.respondRaw = undefined
  await client.close()
})

it('never reads an answer without end', async () => {
  const client = createCoreClient({ origin: core.origin, ...coreKey, log })
  core.respondRaw = (response) => void response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024))
  expect(await client.call(call)).toMatchObject({ code: 'CORE_UNREACHABLE' })
  core.respondRaw = undefined
  await client.close()
})

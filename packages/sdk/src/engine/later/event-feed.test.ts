import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCell } from '../../cell.ts'
import { createApi } from '../api.ts'
import { createClock } from '../clock.ts'
import { createSessionKeeper } from '../session-keeper.ts'
import { BASE_URL, createFakeBff, encodeEvent } from '../testing/fake-bff.ts'
import { pass, settle, until, usePhone } from '../testing/phone.ts'
import { createEventFeed, type EventFeed } from './event-feed.ts'
import { laterRoutes } from './routes.ts'

let bff: ReturnType<typeof createFakeBff>
let seen: string[]
let cursors: string[]
let feed: EventFeed

const locked = { type: 'card', status: 'locked' } as const

beforeEach(() => {
  bff = createFakeBff()
  usePhone(bff)
  seen = []
  cursors = []
})
afterEach(() => {
  feed.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open(cursor?: string) {
  const clock = createClock()
  const session = createSessionKeeper(bff.session, clock, () => {})
  const api = createApi(BASE_URL, session, clock, createCell(true), () => {})
  api.learn(laterRoutes)
  feed = createEventFeed(
    api,
    Promise.resolve(cursor),
    (event) => void seen.push(event.cursor),
    (next) => void cursors.push(next),
  )
}

/** Starts the feed and waits until it has asked once. */
async function start() {
  feed.start()
  await until(() => bff.count('GET /events') > 0)
  await settle()
}

test('a stream brings each event as it happens, and asking stops', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  await settle()
  const asked = bff.count('GET /events')
  bff.push(locked)
  bff.push(locked)
  await until(() => seen.length === 2)
  await pass(30_000)
  expect(bff.count('GET /events')).toBe(asked)
  expect(cursors.at(-1)).toBe('c2')
})

test('an event cut into pieces arrives whole', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  const event = { cursor: 'x1', at: '2026-09-01T00:00:00.000Z', data: { ...locked } }
  const text = new TextDecoder().decode(encodeEvent(event))
  for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) bff.writeToStreams(piece)
  await until(() => seen.length === 1)
})

test('a stream that ends is opened again where it stood', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  bff.push(locked)
  await until(() => seen.length === 1)
  await pass(6_000)
  bff.endStreams()
  bff.push(locked)
  await pass(1_000)
  await until(() => seen.length === 2)
  expect(bff.requests.at(-1)?.headers.get('last-event-id') ?? 'c2').toMatch(/^c[12]$/)
  expect(seen).toEqual(['c1', 'c2'])
})

test('without streams it asks every two seconds, after the last cursor', async () => {
  bff.streams = false
  open()
  await start()
  bff.push(locked)
  await pass(2_000)
  await until(() => seen.length === 1)
  bff.push(locked)
  await pass(2_000)
  await until(() => seen.length === 2)
  const asked = bff.requests.filter(({ route }) => route === 'GET /events')
  expect(asked.map(({ query }) => query.get('after'))).toContain('c1')
})

test('an engine without readable bodies asks as well', async () => {
  open()
  bff.on('GET /event-stream', () => {
    const response = new Response('')
    Object.defineProperty(response, 'body', { value: undefined })
    return response
  })
  await start()
  const streams = bff.count('GET /event-stream')
  bff.push(locked)
  await pass(2_000)
  await until(() => seen.length === 1)
  await pass(60_000)
  expect(bff.count('GET /event-stream')).toBe(streams)
})

test('a stream held back by something in between never stops the asking', async () => {
  open()
  bff.on('GET /event-stream', () => new Response(new ReadableStream()))
  await start()
  bff.push(locked)
  await pass(4_000)
  await until(() => seen.length === 1)
})

test('a stream that has fallen silent is given up, and asking begins', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  await settle()
  bff.streams = false
  const asked = bff.count('GET /events')
  await pass(40_000)
  expect(bff.count('GET /events')).toBeGreaterThan(asked)
})

test('heartbeats keep a stream', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  for (let i = 0; i < 8; i++) {
    await pass(15_000)
    bff.writeToStreams(':\n\n')
  }
  expect(bff.count('GET /event-stream')).toBe(1)
})

test('faults make the pauses longer', async () => {
  bff.streams = false
  bff.on('GET /events', () => bff.refuse('CORE_UNREACHABLE'))
  open()
  feed.start()
  await pass(120_000)
  expect(bff.count('GET /events')).toBeLessThan(24)
  expect(bff.count('GET /event-stream')).toBeLessThan(20)
})

test('it begins where an earlier visit stopped, and tells nothing twice', async () => {
  bff.push(locked)
  bff.push(locked)
  open('c1')
  feed.start()
  await until(() => seen.length === 1)
  await settle()
  await feed.catchUp(1_000)
  expect(seen).toEqual(['c2'])
})

test('a cursor that the server no longer reads is given up', async () => {
  open('c-from-long-ago')
  bff.streams = false
  bff.on('GET /events', ({ query }) =>
    query.get('after') === 'c-from-long-ago'
      ? bff.refuse('BAD_REQUEST')
      : { events: [], cursor: 'c5' },
  )
  await start()
  await pass(6_000)
  await until(() => cursors.length)
  expect(cursors).toEqual(['c5'])
})

test('stopped, it is silent', async () => {
  open()
  feed.start()
  await until(() => bff.openStreams() === 1)
  feed.stop()
  await until(() => bff.openStreams() === 0)
  const asked = bff.requests.length
  await pass(60_000)
  expect(bff.requests.length).toBe(asked)
})

test('catching up waits no longer than it was told', async () => {
  open()
  bff.on('GET /events', () => new Promise<Response>(() => {}))
  let done = false
  void feed.catchUp(1_500).then(() => {
    done = true
  })
  await pass(1_400)
  expect(done).toBe(false)
  await pass(200)
  expect(done).toBe(true)
})

import { randomUUID } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Answer } from './answer.ts'
import { createCoreClient } from './core-client.ts'
import { createEventRelay } from './event-relay.ts'
import { createEventStreams } from './event-streams.ts'
import { coreProblem } from './testing/fake-core.ts'
import { expectProblem, openPage, type Page, pageOrigin, school } from './testing/page.ts'
import { answerSubjects, personId, startTestBff, type TestBff } from './testing/test-bff.ts'

let bff: TestBff
let page: Page
beforeEach(async () => {
  bff = await startTestBff()
  page = await openPage(bff.url)
})
afterEach(() => bff.close())

const me = { schoolId: school.id, personId }
const path = '/v1/me/event-stream'
/** Patient, for machines that are busy with other tests. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 })
const note = (text: string) => ({ type: 'note', text })

/** Reads a stream as a phone does. */
async function listen(from: Page = page, lastEventId?: string) {
  const response = await from.call({
    path,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  })
  const events: { cursor: string; data: { text: string } }[] = []
  const reader = response.ok
    ? response.body?.pipeThrough(new TextDecoderStream()).getReader()
    : null
  const leave = () => reader?.cancel()
  const state = { response, events, lastId: '', text: '', ended: false, leave }
  if (!reader) return state
  const read = async () => {
    let rest = ''
    while (true) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (done) break
      state.text += value
      rest += value
      const blocks = rest.split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        state.lastId = /^id: (.*)$/m.exec(block)?.[1] ?? state.lastId
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data) events.push(JSON.parse(data))
      }
    }
    state.ended = true
  }
  void read()
  return state
}

const texts = (stream: { events: { data: { text: string } }[] }) =>
  stream.events.map(({ data }) => data.text)

describe('the event stream', () => {
  it('brings what happens to the person, as the core said it, and nobody else’s', async () => {
    const stream = await listen()
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.response.headers.get('access-control-allow-origin')).toBe(pageOrigin)
    expect(stream.response.headers.get('ecode-request-id')).toBeTruthy()
    bff.core.publish({ ...me, personId: randomUUID() }, note('not mine'))
    bff.core.publish({ ...me, schoolId: '1002' }, note('not my school'))
    const event = bff.core.publish(me, note('mine'))
    await eventually(() => expect(texts(stream)).toEqual(['mine']))
    const { cursor, at, data } = event
    expect(stream.events[0]).toEqual({ cursor, at, notice: true, data })
    expect(stream.text).toContain(`id: ${event.cursor}\nevent: person\ndata: {`)
  })

  it('gives a cursor to resume from before anything has happened', async () => {
    bff.core.publish(me, note('long ago'))
    const stream = await listen()
    await eventually(() => expect(stream.lastId).toBe('1'))
    await stream.leave()
    bff.core.publish(me, note('while away'))
    const resumed = await listen(page, stream.lastId)
    await eventually(() => expect(texts(resumed)).toEqual(['while away']))
  })

  it('reads the feed once, however many phones listen, and not at all without', async () => {
    expect(bff.core.calls.filter(({ target }) => target.startsWith('/v1/events'))).toEqual([])
    const streams = [await listen(), await listen(await openPage(bff.url)), await listen()]
    bff.core.publish(me, note('one'))
    for (const stream of streams) {
      await eventually(() => expect(texts(stream)).toEqual(['one']))
    }
    const feed = bff.core.calls.filter(({ target }) => target.startsWith('/v1/events'))
    // The starting cursor, the poll that brought the event, the poll that waits for the next.
    expect(feed.length).toBeLessThanOrEqual(3)
    for (const stream of streams) await stream.leave()
    bff.core.publish(me, note('ends the poll'))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const afterwards = bff.core.calls.length
    bff.core.publish(me, note('nobody listens'))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(bff.core.calls.length).toBe(afterwards)
  })

  it('has neither gap nor repeat when events come while a phone catches up', async () => {
    const other = await listen(await openPage(bff.url))
    for (const text of ['a', 'b', 'c']) bff.core.publish(me, note(text))
    await eventually(() => expect(texts(other)).toEqual(['a', 'b', 'c']))
    let during = 0
    bff.core.handle = async (call) => {
      if (!call.target.includes('/people/') || ++during > 1) return answerSubjects(call)
      // Published after the phone subscribed: the page holds d, the relay brings it as well.
      bff.core.publish(me, note('d'))
      await eventually(() => expect(texts(other)).toContain('d'))
      return undefined
    }
    const stream = await listen(page, '1')
    bff.core.publish(me, note('e'))
    await eventually(() => expect(texts(stream)).toEqual(['b', 'c', 'd', 'e']))
  })

  it('does not repeat what the relay brings late', async () => {
    const other = await listen(await openPage(bff.url))
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let feedHeld = false
    bff.core.handle = async (call) => {
      if (call.target.startsWith('/v1/events?') && !feedHeld) {
        feedHeld = true
        await held
      }
      return answerSubjects(call)
    }
    bff.core.publish(me, note('a'))
    await eventually(() => expect(feedHeld).toBe(true))
    bff.core.publish(me, note('b'))
    const stream = await listen(page, '0')
    await eventually(() => expect(texts(stream)).toEqual(['a', 'b']))
    release()
    bff.core.publish(me, note('c'))
    await eventually(() => expect(texts(other)).toEqual(['a', 'b', 'c']))
    await eventually(() => expect(texts(stream)).toEqual(['a', 'b', 'c']))
  })

  it('reads page by page until it has caught up', async () => {
    bff.core.handle = (call) => {
      const after = /people.*after=(\d+)/.exec(call.target)?.[1]
      if (after === undefined || Number(after) >= 3) return answerSubjects(call)
      const cursor = `${Number(after) + 1}`
      const events = [{ cursor, at: new Date().toISOString(), data: note(cursor) }]
      return { status: 200, json: { events, cursor } }
    }
    const stream = await listen(page, '0')
    await eventually(() => expect(texts(stream)).toEqual(['1', '2', '3']))
  })

  it('misses nothing while the core is away', async () => {
    const stream = await listen()
    bff.core.publish(me, note('before'))
    await eventually(() => expect(texts(stream)).toEqual(['before']))
    bff.core.respondRaw = (response) => response.socket?.destroy()
    bff.core.publish(me, note('broken off'))
    await new Promise((resolve) => setTimeout(resolve, 700))
    bff.core.respondRaw = undefined
    bff.core.publish(me, note('back'))
    await eventually(() => expect(texts(stream)).toEqual(['before', 'broken off', 'back']))
  })

  it('starts anew, and lets phones catch up, when the core has lost our place', async () => {
    const stream = await listen()
    bff.core.handle = (call) =>
      call.target.startsWith('/v1/events?') ? coreProblem('BAD_REQUEST') : answerSubjects(call)
    bff.core.publish(me, note('wakes the poll'))
    await eventually(() => expect(stream.ended).toBe(true))
    bff.core.handle = answerSubjects
    const resumed = await listen(page, stream.lastId)
    expect(resumed.response.status).toBe(200)
  })

  it('does not ask a core that never waits without pause', async () => {
    bff.core.handle = (call) =>
      call.target.startsWith('/v1/events')
        ? { status: 200, json: { events: [], cursor: '0' } }
        : answerSubjects(call)
    await listen()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const feed = bff.core.calls.filter(({ target }) => target.startsWith('/v1/events'))
    expect(feed.length).toBeLessThanOrEqual(5)
  })
})

describe('what ends a stream, or never lets it begin', () => {
  it('refuses a cursor that is none', async () => {
    const { response } = await listen(page, 'x y')
    expect((await expectProblem(response, 'BAD_REQUEST')).fields).toEqual(['last-event-id'])
  })

  it('answers before the stream begins when the core cannot be reached', async () => {
    bff.core.respondRaw = (response) => response.socket?.destroy()
    await expectProblem((await listen()).response, 'CORE_UNREACHABLE')
    await expectProblem((await listen(page, '0')).response, 'CORE_UNREACHABLE')
  })

  it("passes on the core's refusal of a cursor", async () => {
    await listen()
    bff.core.handle = (call) =>
      call.target.includes('/people/')
        ? coreProblem('BAD_REQUEST', { fields: ['after'] })
        : answerSubjects(call)
    await expectProblem((await listen(page, '7')).response, 'BAD_REQUEST')
  })

  it('is refused by a process that is stopping', async () => {
    const { core, config } = bff
    const log = pino({ level: 'silent' })
    const client = createCoreClient({ origin: config.coreOrigin, ...config.coreKey, log })
    const relay = createEventRelay({ core: client, log })
    const streams = createEventStreams({ relay, core: client, nowMs: Date.now })
    const asked = core.calls.length
    streams.stop()
    const session = { ok: true as const, ...me, jkt: '', scopes: [], origins: [], expiresAtMs: 0 }
    const answer = new Answer({ method: 'GET' } as IncomingMessage)
    expect(await streams.open(session, answer, undefined)).toMatchObject({ code: 'UNAVAILABLE' })
    const listener = { onEvent() {}, onLost() {} }
    expect(await relay.listen('anyone', listener)).toMatchObject({ code: 'CORE_UNREACHABLE' })
    expect(core.calls.length).toBe(asked)
    await client.close()
  })

  it('ends the oldest of too many streams of one person', async () => {
    const streams = [await listen()]
    for (let i = 0; i < 6; i++) streams.push(await listen())
    await eventually(() => expect(streams[0]?.ended).toBe(true))
    bff.core.publish(me, note('still here'))
    for (const stream of streams.slice(1)) {
      await eventually(() => expect(texts(stream)).toEqual(['still here']))
    }
  })

  it('drops a phone that does not read, and only that one', async () => {
    const reading = await listen()
    const headers = await page.headersFor({ path })
    const asleep = request(bff.url + path, { headers }, (response) => response.pause())
    asleep.on('error', () => {})
    asleep.end()
    // A client that does not read does not notice either, so the log tells.
    const isDropped = () => bff.log().includes('"route":"streamEvents"')
    const filler = 'x'.repeat(40_000)
    for (let sent = 1; sent < 500 && !isDropped(); sent++) {
      bff.core.publish(me, note(filler))
      await eventually(() => expect(reading.events.length).toBe(sent))
    }
    expect(isDropped()).toBe(true)
    bff.core.publish(me, note('after'))
    await eventually(() => expect(texts(reading).at(-1)).toBe('after'))
    asleep.destroy()
  })
})

describe('as time goes by', () => {
  let later: TestBff
  let visitor: Page
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
    later = await startTestBff()
    visitor = await openPage(later.url)
  })
  afterEach(async () => {
    vi.useRealTimers()
    await later.close()
  })

  it('sends a heartbeat every fifteen seconds', async () => {
    const stream = await listen(visitor)
    await eventually(() => expect(stream.text).toMatch(/^id: 0\n\n$/))
    vi.advanceTimersByTime(14_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stream.text).toBe('id: 0\n\n')
    vi.advanceTimersByTime(1_000)
    await eventually(() => expect(stream.text).toBe('id: 0\n\n:\n\n'))
    vi.advanceTimersByTime(15_000)
    await eventually(() => expect(stream.text).toBe('id: 0\n\n:\n\n:\n\n'))
  })

  it('ends with the session', async () => {
    const stream = await listen(visitor)
    vi.advanceTimersByTime(597_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stream.ended).toBe(false)
    vi.advanceTimersByTime(4_000)
    await eventually(() => expect(stream.ended).toBe(true))
  })
})

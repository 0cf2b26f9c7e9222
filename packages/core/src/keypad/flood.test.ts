import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Payment } from '@campus-ecode/protocol/payments'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { KEYPAD_AT_ONCE_MAX, KEYPAD_WAITING_MAX } from './keypad-limits.ts'

// The listener that anybody can reach stands in the process that pays, and uses its database pool.
let core: HttpCore
let keypad: TestKeypad
beforeAll(async () => {
  core = await createHttpCore()
})
beforeEach(async () => {
  keypad = await createTestKeypad(core, { proxyCount: 1 })
})
afterEach(() => keypad.close())
afterAll(() => core.close())

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const secretOf = () => `${SCHOOL}.${v7()}.${randomBytes(32).toString('base64url')}`
const from = (i: number) => ({ 'x-forwarded-for': `198.51.100.${i}` })

/** Opens and enters, as anybody can who has nothing but the address. */
function flood(count: number) {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? keypad.send('POST', '/keypad', { ...form, ...from(i % 100) }, `ticket=${secretOf()}`)
      : keypad.post('/keypad/entries', secretOf(), { sealed: 'x'.repeat(116) }, from(i % 100)),
  )
}

/** As a till does. */
async function pay(): Promise<{ status: string; ms: number }> {
  const { personId } = await core.addPerson()
  const code = await core.issueCode(personId)
  const startedAt = performance.now()
  const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 100, code } })
  return { status: (body as Payment).status, ms: performance.now() - startedAt }
}

describe('a flood of the keypad', () => {
  it('uses six database connections at most, and the others pay', async () => {
    const { pool } = core.db
    const blocker = await pool.connect()
    await blocker.query('begin')
    // Every request now stays as long as it possibly can.
    await blocker.query('lock table approvals in access exclusive mode')
    const countWaiting = async () => {
      const { rows } = await pool.query(
        `select count(*) as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
            and query like '%approvals%'`,
      )
      return rows[0].count as number
    }
    const flooding = flood(300)
    const answered: number[] = []
    for (const request of flooding) void request.then(({ status }) => answered.push(status))
    await expect.poll(countWaiting).toBe(KEYPAD_AT_ONCE_MAX)
    let most = 0
    for (let i = 0; i < 10; i++) {
      const { status, ms } = await pay()
      expect(status).toBe('PAID')
      expect(ms).toBeLessThan(10_000)
      most = Math.max(most, await countWaiting())
    }
    expect(most).toBe(KEYPAD_AT_ONCE_MAX)
    const turnedAway = 300 - KEYPAD_AT_ONCE_MAX - KEYPAD_WAITING_MAX
    await expect.poll(() => answered.length, { timeout: 10_000 }).toBe(turnedAway)
    expect(new Set(answered)).toEqual(new Set([503]))
    await blocker.query('rollback')
    blocker.release()

    const answers = await Promise.all(flooding)
    const busy = answers.filter(({ status }) => status === 503)
    expect(busy).toHaveLength(turnedAway)
    for (const { headers } of busy) expect(headers['retry-after']).toBe('2')
    const others = answers.filter(({ status }) => status !== 503)
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([410, 403]))
  })

  it('from one address is told when to come again, and others are served', async () => {
    const get = (i: number) => keypad.send('GET', '/keypad', from(i))
    const answers = []
    for (let round = 0; round < 14; round++) {
      answers.push(...(await Promise.all(Array.from({ length: 50 }, () => get(1)))))
    }
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited).toHaveLength(100)
    for (const { headers, text } of limited) {
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(10)
      expect(headers.connection).toBe('close')
      // The person sees something, in whatever frame.
      expect(text).toContain('暂时打不开')
      expect(headers['content-security-policy']).toMatch(/frame-ancestors \*$/)
    }
    const entry = await keypad.post('/keypad/entries', secretOf(), {}, from(1))
    expect(entry).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    expect((await get(2)).status).toBe(410)
    expect((await keypad.send('GET', '/healthz', from(1))).status).toBe(200)
  })
})

describe('a slow sender', () => {
  it('is cut off, and nobody waits behind it', async () => {
    await keypad.close()
    keypad = await createTestKeypad(core, { limits: { headersMs: 300, requestMs: 600 } })
    const head = [
      'POST /keypad HTTP/1.1',
      'host: keypad.example',
      `content-type: ${form['content-type']}`,
      'content-length: 100',
      '',
      '',
    ].join('\r\n')
    const drips = Array.from({ length: 2 * (KEYPAD_AT_ONCE_MAX + KEYPAD_WAITING_MAX) }, (_, i) => {
      // Half of them never end their headers, half never their body.
      const text = i % 2 === 0 ? head : head.slice(0, 40)
      return new Promise<number>((resolve) => {
        const startedAt = performance.now()
        const socket = connect(keypad.port, '127.0.0.1', () => socket.write(text))
        socket.resume().on('error', () => {})
        socket.once('close', () => resolve(performance.now() - startedAt))
      })
    })
    await sleep(50)
    expect((await keypad.open(secretOf())).status).toBe(410)
    for (const ms of await Promise.all(drips)) expect(ms).toBeLessThan(15_000)
  })

  it('may send four kilobytes', async () => {
    const sealed = 'x'.repeat(4_096)
    const { code } = await keypad.post('/keypad/entries', secretOf(), { sealed })
    expect(code).toBe('BODY_TOO_LARGE')
  })
})

describe('how the listener is', () => {
  it('costs the database nothing to ask, and says nothing of it', async () => {
    const { pool } = core.db
    const connections: unknown[] = []
    for (let i = 0; i < 20; i++) connections.push(await pool.connect())
    try {
      const { status, text } = await keypad.send('GET', '/healthz')
      expect([status, JSON.parse(text)]).toEqual([200, { status: 'ok' }])
      expect((await keypad.send('GET', '/readyz')).status).toBe(404)
    } finally {
      for (const connection of connections) (connection as { release(): void }).release()
    }
  })
})

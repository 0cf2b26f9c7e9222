import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeWater } from '../testing/fake-water.ts'
import { createShower } from './create-shower.ts'
import type { Shower, ShowerOptions } from './shower.ts'

const BATH = '12345678'
const PASSWORD = '580362'
/** On a busy machine; what is waited for comes at once elsewhere. */
const WAIT = { timeout: 10_000, interval: 5 }

let dir: string
let core: ReturnType<typeof createFakeWater>
let valve: string[]
let open: Shower[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-shower-'))
  core = createFakeWater()
  valve = []
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((shower) => shower.close()))
  rmSync(dir, { recursive: true })
})

async function connect(options: Partial<ShowerOptions> = {}): Promise<Shower> {
  const shower = await createShower({
    dir,
    calls: core.calls,
    valve: { open: () => valve.push('open'), shut: () => valve.push('shut') },
    onFault(error) {
      throw error
    },
    reportEveryMs: 10,
    ...options,
  })
  open.push(shower)
  return shower
}

/** As when the plug is pulled: what is on disk stays, and nothing is closed in good order. */
async function pullPlug(shower: Shower): Promise<Shower> {
  const left = readFileSync(join(dir, 'session.json'))
  open = open.filter((candidate) => candidate !== shower)
  await shower.close()
  writeFileSync(join(dir, 'session.json'), left)
  valve.length = 0
  return connect()
}

async function begin(options?: Partial<ShowerOptions>): Promise<Shower> {
  const shower = await connect(options)
  expect(await shower.start(BATH, PASSWORD)).toMatchObject({ kind: 'running' })
  return shower
}
const session = () => [...core.sessions.values()].at(-1)
const metered = (ml: number) => vi.waitFor(() => expect(session()?.litresMl).toBe(ml), WAIT)

describe('a shower', () => {
  it('opens on the core’s word, meters, and settles when it is stopped', async () => {
    const shower = await begin()
    expect(valve).toEqual(['shut', 'open'])
    shower.flow(4_000)
    shower.flow(2_000)
    await metered(6_000)
    expect(await shower.stop()).toMatchObject({ status: 'ENDED', litresMl: 6_000, amountFen: 60 })
    expect(valve.at(-1)).toBe('shut')
    expect(shower.state).toMatchObject({ phase: 'idle', session: { amountFen: 60 } })
    expect(() => readFileSync(join(dir, 'session.json'))).toThrow()
  })

  it('stays shut when it is refused, and says why', async () => {
    const shower = await connect()
    expect(await shower.start(BATH, '000000')).toMatchObject({
      kind: 'refused',
      code: 'WATER_PASSWORD_WRONG',
      message: { en: expect.any(String) },
    })
    core.setRefusal('WATER_BALANCE_TOO_LOW')
    expect(await shower.start(BATH, PASSWORD)).toMatchObject({ code: 'WATER_BALANCE_TOO_LOW' })
    expect(valve).toEqual(['shut'])
    expect(shower.state.phase).toBe('idle')
  })

  it('takes one person at a time', async () => {
    const shower = await begin()
    expect(await shower.start(BATH, PASSWORD)).toEqual({ kind: 'busy' })
  })

  it('may be shut for soap and opened again', async () => {
    const shower = await begin()
    shower.shut()
    expect(shower.state).toMatchObject({ phase: 'running', isOpen: false })
    expect(shower.open()).toBe(true)
    expect(valve).toEqual(['shut', 'open', 'shut', 'open'])
  })

  it('counts pulses that are no whole millilitres, and tells whole ones', async () => {
    const shower = await begin()
    for (let i = 0; i < 450; i++) shower.flow(1000 / 450)
    expect([999, 1_000]).toContain(shower.state.totalMl)
    await metered(shower.state.totalMl)
    for (const ml of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      shower.open()
      expect(() => shower.flow(ml)).toThrow(RangeError)
      expect(shower.state.isOpen).toBe(false)
    }
    expect(await shower.stop()).toMatchObject({ status: 'ENDED' })
    expect(core.asked.every((call) => !/[.]|NaN/.test(call))).toBe(true)
  })

  it('says no more than can be said, whatever its meter counts', async () => {
    const shower = await begin()
    shower.flow(1e12)
    await vi.waitFor(() => expect(shower.state.phase).toBe('idle'), WAIT)
    expect(core.asked.at(-1)).toBe('end 10000000')
  })

  it('shuts at the reading that uses the hold up', async () => {
    const shower = await begin()
    shower.flow(150_000)
    expect(shower.state.isOpen).toBe(false)
    await vi.waitFor(() => expect(session()?.status).toBe('ENDED'), WAIT)
    expect(session()?.amountFen).toBe(1_500)
  })

  it('ends a session in which no drop has flowed for long', async () => {
    const shower = await begin({ restMsMax: 30 })
    await vi.waitFor(() => expect(shower.state.phase).toBe('idle'), WAIT)
    expect(session()).toMatchObject({ status: 'ENDED', amountFen: 0 })
  })

  it('shuts when the phone has ended it', async () => {
    const shower = await begin()
    shower.flow(1_000)
    await metered(1_000)
    core.end('phone')
    await vi.waitFor(() => expect(shower.state.phase).toBe('idle'), WAIT)
    expect(valve.at(-1)).toBe('shut')
    expect(shower.state.session).toMatchObject({ endedBy: 'phone', amountFen: 10 })
  })

  it('keeps neither bath number nor password on disk', async () => {
    await begin()
    const text = readFileSync(join(dir, 'session.json'), 'utf8')
    expect(text).not.toContain(BATH)
    expect(text).not.toContain(PASSWORD)
  })
})

describe('without a network', () => {
  it('goes on, and the totals that come later say it all', async () => {
    const shower = await begin()
    core.setNetwork('cut')
    shower.flow(5_000)
    await vi.waitFor(() => expect(shower.state.online).toBe(false), WAIT)
    shower.flow(5_000)
    expect(shower.state.isOpen).toBe(true)
    core.setNetwork('fine')
    await metered(10_000)
    expect(shower.state.online).toBe(true)
  })

  it('shuts when the core has settled by now, and tells it the total all the same', async () => {
    const shower = await connect()
    const started = core.calls.start
    core.calls.start = async (request) => {
      const answer = await started(request)
      return answer.kind === 'answered'
        ? { ...answer, body: { ...answer.body, leaseSeconds: 0.05 } }
        : answer
    }
    await shower.start(BATH, PASSWORD)
    core.setNetwork('cut')
    shower.flow(2_000)
    await vi.waitFor(() => expect(shower.state.isOpen).toBe(false), WAIT)
    expect(shower.state.phase).toBe('ending')
    core.end('idle')
    core.setNetwork('fine')
    await vi.waitFor(() => expect(shower.state.phase).toBe('idle'), WAIT)
    expect(shower.state.session?.endedBy).toBe('idle')
  })

  it('shuts when the core answers readings without taking one for so long', async () => {
    const shower = await connect()
    const { start } = core.calls
    core.calls.start = async (request) => {
      const answer = await start(request)
      return answer.kind === 'answered'
        ? { ...answer, body: { ...answer.body, leaseSeconds: 0.2 } }
        : answer
    }
    core.calls.meter = async () => ({
      ...{ kind: 'refused', code: 'BAD_REQUEST', message: { 'zh-CN': '', en: '' } },
      ...{ retryable: false, requestId: 'r' },
    })
    await shower.start(BATH, PASSWORD)
    await vi.waitFor(() => expect(valve.at(-1)).toBe('shut'), { ...WAIT, timeout: 3_000 })
    await vi.waitFor(() => expect(session()?.status).toBe('ENDED'), WAIT)
  })

  it('ends when it is stopped, and settles as soon as the core hears of it', async () => {
    const shower = await begin()
    core.setNetwork('cut')
    shower.flow(3_000)
    expect(await shower.stop()).toBeUndefined()
    expect(shower.state).toMatchObject({ phase: 'ending', isOpen: false })
    expect(await shower.start(BATH, PASSWORD)).toEqual({ kind: 'busy' })
    core.setNetwork('fine')
    await vi.waitFor(() => expect(session()?.amountFen).toBe(30), WAIT)
  })

  it('a start that was never answered stays shut, and what came of it is undone', async () => {
    for (const network of ['cut', 'deaf'] as const) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
      const shower = await connect()
      core.setNetwork(network)
      const starting = shower.start(BATH, PASSWORD)
      let isOver = false
      void starting.finally(() => {
        isOver = true
      })
      while (!isOver) await vi.advanceTimersByTimeAsync(500)
      expect(await starting).toEqual({ kind: 'unknown' })
      vi.useRealTimers()
      expect(shower.state).toMatchObject({ phase: 'ending', isOpen: false })
      core.setNetwork('fine')
      await shower.close()
      open = []
      const again = await connect()
      await vi.waitFor(() => expect(again.state.phase).toBe('idle'), WAIT)
      if (network === 'cut') expect(core.reversed.size).toBe(1)
      else expect(session()).toMatchObject({ status: 'ENDED', amountFen: 0 })
      await again.close()
      open = []
    }
  })
})

describe('after a power cut', () => {
  it('takes the session up again, shut, and meters on from where it was', async () => {
    const before = await begin()
    before.flow(7_000)
    await metered(7_000)
    const shower = await pullPlug(before)
    expect(shower.state).toMatchObject({ phase: 'running', isOpen: false, totalMl: 7_000 })
    expect(valve).toEqual(['shut'])
    expect(shower.open()).toBe(true)
    shower.flow(1_000)
    await metered(8_000)
    const seqs = core.asked
      .filter((call) => call.startsWith('meter'))
      .map((call) => call.split(' ')[1])
    expect(new Set(seqs).size).toBe(seqs.length)
  })

  it('learns that the core has ended it meanwhile', async () => {
    const before = await begin()
    core.end('idle')
    const shower = await pullPlug(before)
    expect(shower.state).toMatchObject({ phase: 'idle', session: { endedBy: 'idle' } })
    expect(shower.open()).toBe(false)
  })

  it('lets nothing flow before the core has said that the session still runs', async () => {
    const before = await begin()
    core.setNetwork('cut')
    const shower = await pullPlug(before)
    expect(shower.state.phase).toBe('running')
    expect(shower.open()).toBe(false)
    core.setNetwork('fine')
    await vi.waitFor(() => expect(shower.open()).toBe(true), WAIT)
  })

  it('undoes a start of which it does not know what became', async () => {
    core.setNetwork('deaf')
    const before = await connect()
    void before.start(BATH, PASSWORD)
    await vi.waitFor(() => expect(session()).toBeDefined(), WAIT)
    const left = readFileSync(join(dir, 'session.json'))
    core.setNetwork('fine')
    await before.close()
    open = []
    writeFileSync(join(dir, 'session.json'), left)
    expect(JSON.parse(left.toString()).phase).toBe('starting')
    const shower = await connect()
    await vi.waitFor(() => expect(shower.state.phase).toBe('idle'), WAIT)
    expect(session()).toMatchObject({ status: 'ENDED', amountFen: 0 })
  })

  it('refuses a folder with something else in it', async () => {
    writeFileSync(join(dir, 'session.json'), '{"phase":"running"}')
    await expect(connect()).rejects.toThrow()
  })

  it('shuts when the disk takes nothing any more, and says so', async () => {
    const faults: unknown[] = []
    const shower = await begin({ onFault: (error) => faults.push(error) })
    // At once, while the shower writes into it.
    renameSync(dir, `${dir}-gone`)
    await vi.waitFor(() => expect(faults.length).toBeGreaterThan(0), WAIT)
    expect(shower.state.isOpen).toBe(false)
    await shower.close()
    open = []
    renameSync(`${dir}-gone`, dir)
  })
})

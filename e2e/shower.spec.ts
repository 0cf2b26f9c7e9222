import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MyWater, WaterSession } from '@campus-ecode/protocol/water'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectPageAccessible } from './accessible.ts'
import { CoreClient } from './core-client.ts'
import { passShower, passSilence } from './pass-time.ts'
import { takePeople } from './people.ts'
import { PersonClient } from './person-client.ts'
import { type ShowerLine, ShowerProcess } from './shower-process.ts'
import { browser } from './stage.ts'
import { demo, sandbox, system } from './wallet-stage.ts'

const NAME = '罗一鸣'
const POOR = '许清禾'
takePeople([NAME], system)

const PASSWORD = '628419'
const WATER = '730158'
const { dataDir } = system
const WAIT = { timeout: 20_000, interval: 200 }

const [stall, panel] = demo.terminals.filter(({ kind }) => kind === 'shower')
if (!stall || !panel) throw new Error('the demo campus lacks its showers')
const core = new CoreClient(system.coreUrl, stall)

let person: PersonClient
let bathNo = ''
const folders: string[] = []
const processes: ShowerProcess[] = []

beforeAll(async () => {
  person = await PersonClient.open(NAME, { system, demo, browser })
  await person.setPaymentPassword(PASSWORD, sandbox)
  await person.approve({ kind: 'set_water_password' }, PASSWORD, WATER, WATER)
  bathNo = (await water()).bathNo ?? ''
})
afterEach(async () => {
  await person.ask('POST', '/water/end')
  await Promise.all(processes.splice(0).map((shower) => shower.cutPower()))
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const water = () => person.read<MyWater>('/water')

function connect(dir = mkdtempSync(join(tmpdir(), 'campus-ecode-shower-'))): ShowerProcess {
  if (!folders.includes(dir)) folders.push(dir)
  const shower = ShowerProcess.start({ dataDir, terminal: stall?.id ?? '', dir })
  processes.push(shower)
  return shower
}

async function begin(shower = connect()): Promise<{ shower: ShowerProcess; sessionNo: string }> {
  const line = await shower.say(`start ${bathNo} ${WATER}`)
  expect(line.kind).toBe('running')
  const sessionNo = line.session?.sessionNo ?? ''
  // As long as the water of these tests takes.
  await passShower(dataDir, sessionNo, 600)
  return { shower, sessionNo }
}
const metered = (ml: number) =>
  expect.poll(async () => (await water()).session?.litresMl, WAIT).toBe(ml)
const ended = async (shower: ShowerProcess): Promise<ShowerLine> => {
  let line: ShowerLine = {}
  await expect
    .poll(async () => {
      line = await shower.say('state')
      return line.phase
    }, WAIT)
    .toBe('idle')
  return line
}

describe('a shower (R26)', () => {
  it('is set up on the phone: bath number, showers of the campus, what the wallet must hold', async () => {
    expect(await water()).toMatchObject({
      ...{ offered: true, password: 'set', bathNo: expect.stringMatching(/^\d{8}$/) },
      ...{ minBalanceFen: 1_500, places: ['学生浴室 1 号淋浴间', '学生浴室 2 号淋浴间'] },
    })
  })

  it('holds at the start, shows itself on the phone, charges what flowed and gives the rest back', async () => {
    const before = await person.walletFen()
    const { shower } = await begin()
    expect(shower.valve).toBe('open')
    expect(await person.walletFen()).toBe(before - 1_500)
    expect((await water()).session).toMatchObject({
      status: 'RUNNING',
      place: '学生浴室 1 号淋浴间',
    })
    await shower.say('flow 10000')
    await metered(10_000)
    await shower.say('flow 2500')
    const { session } = await shower.say('stop')
    expect(session).toMatchObject({ status: 'ENDED', litresMl: 12_500, amountFen: 150 })
    expect(shower.valve).toBe('shut')
    expect(await person.walletFen()).toBe(before - 150)
    const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
    const { entries } = await person.read<{ entries: object[] }>(`/bill?month=${month}`)
    expect(entries[0]).toMatchObject({
      ...{ means: 'water', amountFen: 150, litresMl: 12_500, merchantName: '学生浴室' },
    })
  })

  it('is ended by the phone: the controller shuts with its next reading', async () => {
    const before = await person.walletFen()
    const { shower } = await begin()
    await shower.say('flow 5000')
    await metered(5_000)
    const { body } = await person.ask<MyWater>('POST', '/water/end')
    expect(body.session).toMatchObject({ status: 'ENDED', endedBy: 'phone', amountFen: 60 })
    expect(await ended(shower)).toMatchObject({ isOpen: false })
    expect(shower.valve).toBe('shut')
    expect(await person.walletFen()).toBe(before - 60)
  })

  it('is taken up by a controller that was killed, shut, and metered on', async () => {
    const before = await person.walletFen()
    const { shower } = await begin()
    await shower.say('flow 4000')
    await metered(4_000)
    await shower.cutPower()
    const again = connect(folders.at(-1))
    await expect.poll(async () => (await again.say('open')).opened, WAIT).toBe(true)
    expect((await again.say('state')).totalMl).toBe(4_000)
    await again.say('flow 1000')
    expect((await again.say('stop')).session).toMatchObject({ litresMl: 5_000, amountFen: 60 })
    expect(await person.walletFen()).toBe(before - 60)
  })

  it('settles itself when nothing is heard for the lease; the controller learns it when it is back', async () => {
    const before = await person.walletFen()
    const { shower, sessionNo } = await begin()
    await shower.say('flow 3000')
    await metered(3_000)
    await shower.cutPower()
    await passSilence(dataDir, sessionNo, 181)
    await expect.poll(async () => (await water()).session?.endedBy, WAIT).toBe('idle')
    expect(await person.walletFen()).toBe(before - 36)
    const again = connect(folders.at(-1))
    expect(await ended(again)).toMatchObject({ session: { endedBy: 'idle', amountFen: 36 } })
    expect((await again.say('open')).opened).toBe(false)
  })
})

describe('a controller that is not to be trusted (R26)', () => {
  type Told = Partial<WaterSession> & { code?: string }
  const call = async (path: string, body: object): Promise<Told> => {
    const answer = await core.call('POST', `/v1/water-sessions${path}`, body)
    return (await answer.json()) as Told
  }
  async function start() {
    const sessionNo = crypto.randomUUID()
    const started = await call('', { sessionNo, bathNo, waterPassword: WATER })
    expect(started).toMatchObject({ status: 'RUNNING' })
    return sessionNo
  }
  const read = (sessionNo: string, seq: number, totalMl: number) =>
    call(`/${sessionNo}/readings`, { seq, totalMl })

  it('lies upward: no more than the pipe can have given, and never more than the hold', async () => {
    const before = await person.walletFen()
    const sessionNo = await start()
    expect(await read(sessionNo, 1, 9_000_000)).toMatchObject({ code: 'WATER_READING_IMPOSSIBLE' })
    const few = await call(`/${sessionNo}/end`, { totalMl: 9_000_000 })
    // Two litres, and what twenty a minute make of some seconds on a busy machine.
    expect(few.litresMl).toBeLessThan(15_000)
    expect(await person.walletFen()).toBe(before - Number(few.amountFen))
    const long = await start()
    await passShower(dataDir, long, 36_000)
    expect(await call(`/${long}/end`, { totalMl: 9_000_000 })).toMatchObject({ amountFen: 1_500 })
  })

  it('lies downward: nothing that was metered is taken back', async () => {
    const sessionNo = await start()
    await passShower(dataDir, sessionNo, 600)
    await read(sessionNo, 1, 10_000)
    expect(await read(sessionNo, 2, 10)).toMatchObject({ code: 'WATER_READING_IMPOSSIBLE' })
    expect(await call(`/${sessionNo}/end`, { totalMl: 0 })).toMatchObject({
      ...{ litresMl: 10_000, amountFen: 120 },
    })
  })

  it('repeats itself, and comes late: nothing changes', async () => {
    const sessionNo = await start()
    await passShower(dataDir, sessionNo, 600)
    await read(sessionNo, 2, 6_000)
    for (const [seq, totalMl] of [
      [2, 6_000],
      [1, 3_000],
      [2, 9_000],
    ] as const) {
      expect(await read(sessionNo, seq, totalMl)).toMatchObject({ litresMl: 6_000, lastSeq: 2 })
    }
    const [first, second] = [
      await call(`/${sessionNo}/end`, { totalMl: 7_000 }),
      await call(`/${sessionNo}/end`, { totalMl: 7_000 }),
    ]
    expect(second).toEqual(first)
    const again = { sessionNo, bathNo, waterPassword: WATER }
    expect(await call('', again)).toMatchObject({ status: 'ENDED', amountFen: first.amountFen })
    expect(await read(sessionNo, 3, 8_000)).toMatchObject({ code: 'WATER_SESSION_ENDED' })
  })
})

describe('a shower that is refused (R26)', () => {
  it('without ¥15.00 in the wallet, whatever card is bound', async () => {
    const poor = await PersonClient.open(POOR, { system, demo, browser })
    await poor.setPaymentPassword(PASSWORD, sandbox)
    await poor.approve({ kind: 'set_water_password' }, PASSWORD, WATER, WATER)
    const { bathNo: number } = await poor.read<MyWater>('/water')
    const line = await connect().say(`start ${number} ${WATER}`)
    expect(line).toMatchObject({ kind: 'refused', code: 'WATER_BALANCE_TOO_LOW' })
  })

  it('after five wrong passwords, until it is set again on the phone', async () => {
    const shower = connect()
    const codes: (string | undefined)[] = []
    while (codes.length < 5) {
      const { code } = await shower.say(`start ${bathNo} 000111`)
      // A controller that guesses has to wait, whoever types.
      if (code === 'TERMINAL_PAUSED') await new Promise((done) => setTimeout(done, 1_000))
      else codes.push(code)
    }
    expect(codes).toEqual([...Array(4).fill('WATER_PASSWORD_WRONG'), 'WATER_PASSWORD_LOCKED'])
    expect((await water()).password).toBe('locked')
    await person.approve({ kind: 'set_water_password' }, PASSWORD, WATER, WATER)
    expect(await water()).toMatchObject({ password: 'set', bathNo })
    await expect
      .poll(async () => (await shower.say(`start ${bathNo} ${WATER}`)).kind, WAIT)
      .toBe('running')
  })
})

describe('the panel on the wall (examples/shower)', () => {
  let page: Page
  beforeAll(async () => {
    const context = await browser.newContext({ viewport: { width: 820, height: 1000 } })
    page = await context.newPage()
    await page.goto(system.showerUrl)
    await page.locator('#shower').selectOption({ label: panel.name ?? '' })
  })
  afterAll(() => page?.context().close())

  const press = async (digits: string) => {
    for (const digit of digits) {
      await page.locator('#keys').getByRole('button', { name: digit, exact: true }).click()
    }
  }
  const status = (text: string) => page.locator('#status').filter({ hasText: text }).waitFor()

  it('takes bath number and password, goes on without a network, shuts without power, settles', async () => {
    await page.locator('#keys').getByRole('button', { name: '1', exact: true }).waitFor()
    await expectPageAccessible(page, 'shower-panel')
    await press(bathNo)
    await page.locator('#prompt').filter({ hasText: '用水密码' }).waitFor()
    await press(WATER.slice(0, 5))
    expect(await page.locator('#typed').textContent()).toBe('●●●●●○')
    await press(WATER.slice(5))
    await status('正在用水')
    await page.locator('#network').uncheck()
    await status('网络断开')
    await page.locator('#network').check()
    await status('正在用水')
    await page.locator('#power').uncheck()
    await status('没有电')
    expect((await water()).session?.status).toBe('RUNNING')
    await page.locator('#power').check()
    await status('已暂停')
    await page.locator('#open').click()
    await status('正在用水')
    await page.locator('#stop').click()
    await status('已付')
    const { session } = await water()
    expect(session).toMatchObject({ status: 'ENDED', endedBy: 'controller' })
    expect(session?.litresMl).toBeGreaterThan(0)
  })
})

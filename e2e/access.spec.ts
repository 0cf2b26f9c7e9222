import { setTimeout as sleep } from 'node:timers/promises'
import { parseAccessCode } from '@campus-ecode/protocol/access-code'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, expectPageAccessible } from './accessible.ts'
import { GateProcess } from './gate-process.ts'
import { GateScreen } from './gate-screen.ts'
import { Office } from './office.ts'
import { PageClient } from './page-client.ts'
import { findPerson } from './people.ts'
import type { Phone } from './phone.ts'
import { readers } from './read-codes.ts'
import { shoot } from './shoot.ts'
import { browser } from './stage.ts'
import { demo, openPhone, system, till } from './wallet-stage.ts'

const STUDENT = '陈思齐'
const TEACHER = '沈砚秋'
/** Where he lives: open to him day and night. */
const HOME = '3号楼 大门'
const LIBRARY = '图书馆 东门'
const HALL = '教学楼A 报告厅'
const ACCESS_CODE = /^ECA1:/
const FIVE_MINUTES_MS = 300_000

describe('a code that opens doors (R30, R31)', () => {
  let phone: Phone
  let screen: GateScreen
  /** The door at home, when it has never had a network. */
  let offline: GateProcess
  let early: { picture: Buffer; takenAt: number }
  beforeAll(async () => {
    const documents = await new Office(system).writeGateDocuments(HOME)
    const { dataDir } = system
    offline = GateProcess.start({ dataDir, name: HOME, folder: 'access', offline: true, documents })
    screen = await GateScreen.open(browser, system)
    const body = { consent: true }
    const claimed = await (await openPage()).call('POST', '/v1/me/card/claim', { body })
    expect(claimed.status).toBe(200)
    phone = await openPhone(STUDENT, {
      screen: 'access',
      prepare: (context) => context.clock.install(),
    })
  })
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    await phone.shoot(`failed-${task.name.slice(0, 12)}`)
    await shoot(screen.page, `failed-${task.name.slice(0, 12)}-gate`)
  })
  afterAll(async () => {
    await phone?.close()
    await screen?.close()
    await offline?.cutPower()
  })

  const button = (name: string | RegExp) => phone.root.getByRole('button', { name })
  /** A picture of the phone with a code, and what it says. */
  async function photograph(isWanted: (text: string) => boolean = () => true) {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
      const picture = await phone.page.screenshot()
      const [text] = (await readers.zxing(picture)).qr.filter((each) => ACCESS_CODE.test(each))
      if (text && isWanted(text)) return { picture, text }
      await sleep(200)
    }
    throw new Error('there is no such code on the phone')
  }
  /** With a code that was not there a moment ago, so that it is good for most of its time. */
  async function photographFresh() {
    const { text: before } = await photograph()
    return photograph((text) => text !== before)
  }

  it('asks once that gates keep records, in the words that are kept (R42)', async () => {
    await phone.root.getByText('出入闸机的时间和地点').waitFor()
    await expectAccessible(phone, 'access-consent')
    await button('同意，开始使用').click()
    await phone.waitForCode()
    await phone.page.reload()
    await phone.waitForCode()
  })

  it('is read from the screen by both readers, and opens a gate without a network', async () => {
    const { text, picture } = await photograph()
    early = { picture, takenAt: Date.now() }
    expect(text).toMatch(ACCESS_CODE)
    expect(text).toHaveLength(277)
    for (const reader of ['zxing', 'zbar'] as const) {
      expect(await readers[reader](picture), reader).toEqual({ qr: [text], barcode: [] })
    }
    expect(await offline.judge(text)).toBe('opened')
    expect(await offline.judge(text)).toBe('REPLAYED')
    await expectAccessible(phone, 'access')
  })

  it('is another every ten seconds, and goes on without a network', async () => {
    await phone.context.setOffline(true)
    const { text: first } = await photograph()
    const { text: second } = await photograph((text) => text !== first)
    expect(await offline.judge(second)).toBe('opened')
    const stepsOf = (text: string) => (parseAccessCode(text)?.shownAt ?? 1) / 10
    expect(stepsOf(second)).toBe(stepsOf(first) + 1)
    await phone.root.getByText(/没网也能用，到 /).waitFor()
    await expectAccessible(phone, 'access-offline')
    await phone.context.setOffline(false)
  })

  it('is under a new key once half of its time is over, and that one works without a network', async () => {
    const keyOf = (code: string) =>
      Buffer.from(parseAccessCode(code)?.devicePublicKey ?? []).toString('hex')
    const { text: before } = await photograph()
    // The phone thinks that most of a day has gone by; the answer tells it the time.
    await phone.page.clock.fastForward('13:00:00')
    await photograph((text) => keyOf(text) !== keyOf(before))
    await phone.context.setOffline(true)
    const { text } = await photograph()
    expect(await offline.judge(text)).toBe('opened')
    await phone.context.setOffline(false)
  })

  it('shows green at a gate with a camera, once, and the phone says so', async () => {
    const outcome = (kind: 'paid' | 'refused', words: string) =>
      phone.root.locator(`[part=outcome].${kind}`).getByText(words).waitFor()
    await screen.goTo(HOME)
    const { picture } = await photographFresh()
    await screen.show(picture)
    await Promise.all([
      screen.answer('opened').getByText('请进').waitFor(),
      outcome('paid', '请进'),
    ])
    expect(await phone.readPanel()).toContain(HOME)
    await expectPageAccessible(phone.page, 'access-opened')
    await screen.show(picture)
    await Promise.all([
      screen.answer('refused').getByText('这个码刚用过，请等它刷新').waitFor(),
      outcome('refused', '这个码刚用过'),
    ])
    await expectPageAccessible(phone.page, 'access-refused')
    await expectPageAccessible(screen.page, 'gate-refused')
    // The code comes back by itself.
    await phone.readCodeLike(ACCESS_CODE)
  })

  it('is no code from 30 s on, as a screenshot', async () => {
    await sleep(Math.max(0, early.takenAt + 30_000 - Date.now()))
    const { qr } = await readers.zbar(early.picture)
    expect(await offline.judge(qr[0] ?? '')).toBe('SHOWN_LATE')
    await screen.show(early.picture)
    await screen.answer('refused').getByText('通行码过期或是截图').waitFor()
  })

  it.each([
    ['ahead', FIVE_MINUTES_MS],
    ['behind', -FIVE_MINUTES_MS],
  ])(
    'opens though the phone’s clock is five minutes %s, as long as it had a network',
    async (_, ms) => {
      const wrong = await openPhone(STUDENT, {
        screen: 'access',
        prepare: (context) => context.clock.install({ time: Date.now() + ms }),
      })
      expect(await offline.judge(await wrong.readCodeLike(ACCESS_CODE))).toBe('opened')
      await wrong.close()
    },
  )

  it('says who it is at a desk, and pays nowhere (R5)', async () => {
    await button('身份码').click()
    await phone.root.getByText('仅用于身份识别，不能付款').waitFor()
    const code = await phone.readCodeLike(/^72\d{22}$/)
    const picture = await phone.page.screenshot()
    for (const reader of ['zxing', 'zbar'] as const) {
      expect(await readers[reader](picture), reader).toEqual({ qr: [code], barcode: [code] })
    }
    expect(await till.pay(code, '1.00')).toMatchObject({
      exitCode: 1,
      line: {
        code: 'CODE_IDENTITY_ONLY',
        message: { 'zh-CN': '这是身份码，只用于识别身份，请切换到付款码' },
      },
    })
    await screen.show(picture)
    await screen.answer('refused').getByText('这不是通行码').waitFor()
    await screen.goTo(LIBRARY)
    await screen.show(picture)
    const answer = screen.answer('identity')
    await answer.getByText('陈*齐').waitFor()
    expect(await answer.textContent()).toMatch(/身份已核对.*学生/)
    await expectPageAccessible(screen.page, 'gate-identity')
    await expectAccessible(phone, 'access-identity')
    await phone.back()
  })

  it('signs in where a teacher takes attendance, who sees it (R30)', async () => {
    const teacher = await openPhone(TEACHER, { screen: 'access' })
    const press = (name: string) => teacher.root.getByRole('button', { name }).first().click()
    await press('同意，开始使用')
    await press('发起签到')
    await expectAccessible(teacher, 'access-gatherings')
    await press('发起一场签到')
    await teacher.root.getByLabel('名称').fill('高等数学 第 5 周')
    await press('教学楼A')
    await expectAccessible(teacher, 'access-gather')
    await press('开始签到')
    await teacher.root.getByText('还没有人签到').waitFor()

    await phone.page.reload()
    await button('考勤').click()
    await phone.root.getByText('高等数学 第 5 周').waitFor()
    await expectAccessible(phone, 'access-attendance')
    await screen.goTo(HALL)
    const { picture, text } = await photographFresh()
    expect(parseAccessCode(text)?.purpose).toBe('attendance')
    await screen.show(picture)
    await screen.answer('opened').getByText('已签到').waitFor()
    await expectPageAccessible(screen.page, 'gate-opened')
    await teacher.root.getByText(STUDENT).waitFor()
    await expectAccessible(teacher, 'access-attended')
    await teacher.close()
  })

  it('is in the person’s own records, with what was refused (R42)', async () => {
    await button('出入记录').click()
    const rows = phone.root.locator('.record')
    await rows.getByText('高等数学 第 5 周').waitFor()
    await rows.filter({ hasText: HOME }).filter({ hasText: '这个码刚用过' }).waitFor()
    await expectAccessible(phone, 'access-records')
    await phone.back()
  })

  it('ends when the consent is taken back, and is asked for again (R42)', async () => {
    const { picture } = await photograph()
    const body = { purpose: 'gate_records' }
    expect(
      (await (await openPage()).call('POST', '/v1/me/consents/withdraw', { body })).status,
    ).toBe(200)
    await expectRevoked(picture)
    await phone.page.reload()
    await button('同意，开始使用').click()
    await phone.waitForCode()
  })

  it('ends when the card is locked elsewhere; the person sees how far that has got (R32)', async () => {
    const { text, picture } = await photograph()
    expect((await (await openPage()).call('POST', '/v1/me/card/lock', { body: {} })).status).toBe(
      200,
    )
    await expectRevoked(picture)
    // A door that nobody has told.
    expect(await offline.judge(text)).toMatch(/^(opened|SHOWN_LATE)$/)
    const reach = phone.root.locator('[part=reach]')
    await reach.getByText(/^已通知 [1-3]\/4 个闸机$/).waitFor()
    expect(await reach.textContent()).toContain('青江图书馆 正门还没联过网')
    await expectAccessible(phone, 'access-locked')
    expect(await phone.codes.count()).toBe(0)
  })

  /** Within seconds of what has ended it, at a gate with a network; whatever else is wrong with it by then. */
  async function expectRevoked(picture: Buffer) {
    await screen.goTo(HOME)
    const revoked = screen.answer('refused').getByText('通行码已停用')
    await expect
      .poll(
        async () => {
          await screen.show(picture)
          await sleep(500)
          return revoked.isVisible()
        },
        { timeout: 20_000 },
      )
      .toBe(true)
  }

  function openPage(): Promise<PageClient> {
    const { cardNo } = findPerson(demo, STUDENT)
    const { bffUrl, demoUrl: origin } = system
    return PageClient.open({ bffUrl, origin, school: demo.school, cardNo })
  }
})

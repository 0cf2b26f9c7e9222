// @vitest-environment happy-dom

import { accessRefusals } from '@campus-ecode/protocol/access-refusals'
import { consentTexts } from '@campus-ecode/protocol/consents'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessModel, AccessState, GateNews } from '../../access-model.ts'
import { createCell } from '../../cell.ts'
import {
  accessCode,
  attendance,
  type GivenAccess,
  gateRefused,
  gatherings,
  lecture,
  opened as letIn,
  makeAccessModel,
  meetings,
  overview,
  reach,
  records,
} from '../../gallery/access-fixtures.ts'
import { card, makeModel, NOON, problem } from '../../gallery/fixtures.ts'
import type { Model } from '../../model.ts'
import { mountApp } from '../testing.tsx'

type App = Awaited<ReturnType<typeof mountApp>>
let app: App | undefined
const value = <T,>(given: T) => ({ value: given, at: NOON, loading: false })

async function open(
  given: GivenAccess = {},
  changes: Partial<AccessModel> = {},
  model: Partial<Model> = {},
  options: Parameters<typeof mountApp>[0] = {},
) {
  const access = { ...makeAccessModel(given), ...changes }
  app = await mountApp({
    options: { screen: 'access' },
    ...options,
    model: { ...makeModel({}), access: createCell<AccessModel | undefined>(access), ...model },
  })
  return app
}

beforeEach(() => void vi.stubGlobal('devicePixelRatio', 2))
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the access screen', () => {
  it('has a tab between paying and the wallet, and stands alone, too', async () => {
    const opened = await mountApp({})
    app = opened
    const tabs = [...opened.root.querySelectorAll('.tab')].map((tab) => tab.textContent)
    expect(tabs).toEqual(['卡', '付款', '通行', '钱包'])
    await opened.press(/^通行$/)
    expect(opened.find('h1')?.textContent).toBe('通行码')
    opened.unmount()
    const alone = await open()
    expect(alone.find('.tab')).toBeNull()
    expect(alone.find('canvas')?.getAttribute('aria-label')).toBe('通行二维码，请对准读码器')
  })

  it('is fetched when its tab opens, and can be asked for again when it did not come', async () => {
    const { accessScreens } = await import('./access-screens.ts')
    const fetch = vi.fn().mockRejectedValueOnce(new Error('off')).mockResolvedValue(accessScreens)
    const opened = await mountApp({
      options: { screens: ['pay', 'access'] },
      parts: { access: fetch },
    })
    app = opened
    await opened.press(/^通行$/)
    expect(opened.text()).toContain('网络不通')
    await opened.press('再试一次')
    expect(opened.text()).toContain('每 10 秒自动更新，截图无效')
  })

  it('is fetched beforehand when the page is idle, unless there is no such tab or bytes are dear', async () => {
    const { accessScreens } = await import('./access-screens.ts')
    const fetches = async (screens: readonly ('card' | 'pay' | 'access')[]) => {
      vi.useFakeTimers()
      const fetch = vi.fn(async () => accessScreens)
      const opened = await mountApp({ options: { screens }, parts: { access: fetch } })
      await opened.change(() => vi.advanceTimersByTime(4_000))
      vi.useRealTimers()
      opened.unmount()
      return fetch.mock.calls.length
    }
    vi.stubGlobal('requestIdleCallback', (work: () => void) => {
      work()
      return 1
    })
    vi.stubGlobal('cancelIdleCallback', () => {})
    expect(await fetches(['card', 'access'])).toBe(1)
    expect(await fetches(['card', 'pay'])).toBe(0)
    Object.defineProperty(navigator, 'connection', {
      value: { saveData: true },
      configurable: true,
    })
    expect(await fetches(['card', 'access'])).toBe(0)
    Reflect.deleteProperty(navigator, 'connection')
  })

  it('speaks English with its own words', async () => {
    const opened = await open({}, {}, {}, { options: { screen: 'access', locale: 'en' } })
    expect(opened.find('h1')?.textContent).toBe('Access code')
    expect(opened.text()).toContain('New every 10 seconds')
    expect(opened.text().replace(/3 号宿舍楼|教学楼|实验楼/g, '')).not.toMatch(/\p{Script=Han}/u)
  })

  it('begins and ends with its screen', async () => {
    const stop = vi.fn()
    const show = vi.fn(() => stop)
    const opened = await open({}, { show }, {}, { options: { screens: ['access', 'pay'] } })
    expect(show).toHaveBeenCalledTimes(1)
    await opened.press(/^付款$/)
    expect(stop).toHaveBeenCalledTimes(1)
  })

  it('tells a screen reader that there is a code, and not that it was signed anew', async () => {
    const code = createCell<AccessState>(accessCode)
    const opened = await open({}, { code })
    expect(opened.spoken()).toBe('通行码已显示，每 10 秒自动更新')
    const first = opened.spoken()
    for (let serial = 2; serial < 8; serial++) {
      await opened.change(() => {
        code.value = { ...accessCode, serial, shownAt: accessCode.shownAt + serial * 10_000 }
      })
    }
    expect(opened.spoken()).toBe(first)
    await opened.change(() => {
      code.value = { ...accessCode, serial: 9, scene: { purpose: 'library', context: 0 } }
    })
    expect(opened.spoken()).toBe('已换成图书馆')
  })

  it('draws nothing on a hidden page', async () => {
    const opened = await open({ code: { kind: 'hidden' } })
    expect(opened.find('canvas')).toBeNull()
  })

  it('stands on a ground of its own colour, another than the payment code’s', async () => {
    const opened = await open()
    const ground = opened.find('.ground')
    const root = opened.find('.root')
    const accent = (element: HTMLElement | null) => element?.style.getPropertyValue('--accent')
    expect(accent(ground)).toMatch(/^#/)
    expect(accent(ground)).not.toBe(accent(root))
  })

  it('goes on while the session is away, when there is a credential', async () => {
    const session = createCell({
      kind: 'lost',
      problem: problem('SESSION_PROVIDER_FAILED'),
    } as const)
    const opened = await open({}, {}, { session })
    expect(opened.find('canvas')).not.toBeNull()
    opened.unmount()
    const without = await open({ code: { kind: 'loading' } }, {}, { session })
    expect(without.text()).toContain('登录断开了')
  })

  it('says until when it works without a network', async () => {
    const opened = await open({}, {}, { online: createCell(false) })
    expect(opened.text()).toContain('离线')
    expect(opened.text()).toContain('没网也能用，到 11月23日 周一 07:04')
  })
})

describe('what the code is for (R30, R40)', () => {
  it('is chosen where there is more than one, with the place it works at', async () => {
    const opened = await open()
    const pressed = () => opened.find('.scene[aria-pressed=true]')?.textContent
    expect(pressed()).toBe('门禁')
    expect(opened.text()).toContain('可用于 3 号宿舍楼、教学楼 A、实验楼')
    await opened.press('图书馆')
    expect(pressed()).toBe('图书馆')
    expect(opened.text()).toContain('可用于 仙林校区：图书馆；鼓楼校区：古籍馆')
  })

  it('is not asked where there is only one', async () => {
    const contexts = overview.contexts.slice(0, 1)
    const opened = await open({ overview: value({ ...overview, contexts }) })
    expect(opened.find('.scenes')).toBeNull()
  })

  it('names the session, its room and its end; of two meetings one is chosen', async () => {
    const choose = vi.fn()
    const opened = await open(
      { overview: value({ ...overview, contexts: [lecture, ...meetings] }) },
      { choose },
    )
    await opened.press('考勤')
    expect(choose).toHaveBeenLastCalledWith({ purpose: 'attendance', context: 4_711 })
    opened.unmount()
    const meeting = await open({
      overview: value({ ...overview, contexts: [lecture, ...meetings] }),
      code: { ...accessCode, scene: { purpose: 'meeting', context: 17 } },
    })
    expect(meeting.find('.session[aria-pressed=true]')?.textContent).toContain(
      '运动会志愿者动员会学生活动中心报告厅，13:30 结束',
    )
    expect(meeting.text()).toContain('班会')
  })

  it('leaves out what is over', async () => {
    const over = { ...lecture, endsAt: new Date(NOON - 1_000).toISOString() }
    const contexts = [...overview.contexts.slice(0, 2), over]
    const opened = await open({ overview: value({ ...overview, contexts }) })
    expect(opened.text()).not.toContain('考勤')
  })
})

describe('what a gate said', () => {
  const result = (news: GateNews): GivenAccess => ({ code: { kind: 'result', news } })

  it('is a word, the gate and the time, and is spoken', async () => {
    const opened = await open(result(letIn))
    expect(opened.find('h2')?.textContent).toBe('请进')
    expect(opened.text()).toContain('3 号宿舍楼 东门')
    expect(opened.spoken()).toBe('3 号宿舍楼 东门：请进')
    await opened.press('回到通行码')
    expect(opened.find('canvas')).not.toBeNull()
  })

  it('signs in to a class rather than lets in', async () => {
    const opened = await open(result({ ...letIn, purpose: 'attendance' }))
    expect(opened.find('h2')?.textContent).toBe('已签到')
  })

  it.each(Object.entries(accessRefusals))(
    '%s: its sentence and what to do, in both languages',
    async (refusal, [zh, en]) => {
      const news = { ...gateRefused, refusal: refusal as keyof typeof accessRefusals }
      const opened = await open(result(news))
      expect(opened.find('h2')?.textContent).toBe(zh)
      expect(opened.find('.advice')?.textContent?.length).toBeGreaterThan(8)
      expect(opened.spoken()).toContain(zh)
      opened.unmount()
      const english = await open(
        result(news),
        {},
        {},
        { options: { screen: 'access', locale: 'en' } },
      )
      expect(english.find('h2')?.textContent).toBe(en)
      expect(english.find('.advice')?.textContent).toMatch(/^[^\p{Script=Han}]{8,}$/u)
    },
  )

  it('when it refused stays beside the next code', async () => {
    const opened = await open({ news: gateRefused })
    expect(opened.find('canvas')).not.toBeNull()
    expect(opened.find('.just-refused')?.textContent).toContain('现在不在开放时间')
    opened.unmount()
    const fine = await open({ news: letIn })
    expect(fine.find('.just-refused')).toBeNull()
  })

  it('takes the focus where the code had it', async () => {
    const code = createCell<AccessState>(accessCode)
    const opened = await open({}, { code })
    const scene = opened.find('.scene')
    scene?.focus()
    await opened.change(() => {
      code.value = { kind: 'result', news: letIn }
    })
    expect(opened.root.activeElement?.textContent).toBe('请进')
  })
})

describe('when there is no code', () => {
  it('consent is asked for in the words kept beside it, and where it is taken back is said (R42)', async () => {
    const agree = vi.fn(async () => {})
    const { what } = consentTexts.gate_records
    const opened = await open({ code: { kind: 'consent', what, busy: false } }, { agree })
    expect(opened.text()).toContain(what['zh-CN'])
    expect(opened.text()).toContain('隐私与数据')
    await opened.press('同意，开始使用')
    expect(agree).toHaveBeenCalledTimes(1)
    opened.unmount()
    const waiting = await open({ code: { kind: 'consent', what: undefined, busy: false } })
    expect(waiting.find('.consent-asked .button:disabled')).not.toBeNull()
  })

  it.each([
    ['CARD_LOCKED', '解挂', '解挂校园卡'],
    ['CARD_NOT_CLAIMED', '去领取', '校园卡'],
    ['CARD_CLOSED', '看校园卡', '校园卡'],
  ] as const)('%s: %s leads to where that is mended', async (code, label, heading) => {
    const opened = await open({ code: { kind: 'blocked', problem: problem(code) } })
    expect(opened.text()).not.toContain('付款')
    await opened.press(label)
    expect(opened.find('h1')?.textContent).toBe(heading)
  })

  it('no network: it is needed once', async () => {
    const next = vi.fn()
    const opened = await open(
      { code: { kind: 'blocked', problem: problem('NETWORK_LOST') } },
      { next },
    )
    expect(opened.text()).toContain('连上网打开一次，以后没网也能用')
    await opened.press('再试一次')
    expect(next).toHaveBeenCalledTimes(1)
  })

  it('a session without access says so kindly, with nothing to press', async () => {
    const opened = await open({ code: { kind: 'blocked', problem: problem('SCOPE_MISSING') } })
    expect(opened.text()).toContain('这里没有开放通行码')
    expect(opened.find('.notice .button')).toBeNull()
  })

  it('nothing that is open to the person says whom to ask', async () => {
    const opened = await open({ code: { kind: 'nowhere' } })
    expect(opened.text()).toContain(card.school.supportContact)
  })
})

describe('the identity code (R5)', () => {
  it('is one tap away, says that it cannot pay, and is both QR and bars', async () => {
    const stop = vi.fn()
    const showIdentity = vi.fn(() => stop)
    const opened = await open({}, { showIdentity })
    await opened.press('身份码')
    expect(opened.find('h1')?.textContent).toBe('身份码')
    expect(opened.text()).toContain('仅用于身份识别，不能付款')
    expect([...opened.root.querySelectorAll('canvas')].map((each) => each.ariaLabel)).toHaveLength(
      2,
    )
    expect(opened.text()).not.toContain('7210')
    await opened.press('返回')
    expect(stop).toHaveBeenCalledTimes(1)
  })

  it('without a network says so instead', async () => {
    const opened = await open({ identity: { kind: 'blocked', problem: problem('NETWORK_LOST') } })
    await opened.press('身份码')
    expect(opened.text()).toContain('身份码要联网才有')
    expect(opened.text()).toContain('仅用于身份识别，不能付款')
  })
})

describe('one’s own records (R42)', () => {
  it('are by day, with what was refused and why, and what someone may have copied (R31)', async () => {
    const opened = await open()
    await opened.press('出入记录')
    const days = [...opened.root.querySelectorAll('.day-title')].map((day) => day.textContent)
    expect(days).toEqual(['今天', '昨天', '11月19日 周四'])
    expect(opened.text()).toContain('现在不在开放时间')
    expect(opened.text()).toContain('同一个码在另一处也用过')
    expect(opened.text()).toContain('保存 90 天后删除')
    await opened.press('隐私与数据')
    expect(opened.find('h1')?.textContent).toBe('隐私与数据')
  })

  it('have a page for nothing, and more where there is more', async () => {
    const moreRecords = vi.fn(async () => {})
    const opened = await open({}, { moreRecords })
    await opened.press('出入记录')
    await opened.press('更早的记录')
    expect(moreRecords).toHaveBeenCalledTimes(1)
    opened.unmount()
    const empty = await open({ records: value({ ...records, records: [], next: null }) })
    await empty.press('出入记录')
    expect(empty.text()).toContain('还没有出入记录')
  })
})

describe('meetings and attendance (R30)', () => {
  const teacher: GivenAccess = { overview: value({ ...overview, mayGather: true }) }

  it('are opened by teachers alone', async () => {
    const student = await open()
    expect(student.text()).not.toContain('发起签到')
  })

  it('are opened with a title, a place, a length and who may come', async () => {
    const startGathering = vi.fn(async () => ({
      kind: 'done' as const,
      value: attendance.gathering,
    }))
    const opened = await open(teacher, { startGathering })
    await opened.press('发起签到')
    expect(opened.text()).toContain('挡不住有人把屏幕传给不在场的人')
    await opened.press('发起一场签到')
    await opened.press('开始签到')
    expect(opened.text()).toContain('写一个名称')
    expect(startGathering).not.toHaveBeenCalled()
    const field = opened.find('.field-input') as HTMLInputElement
    await opened.change(() => {
      field.value = ' 高等数学 '
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await opened.press('会议')
    await opened.press('教学楼 B-104')
    await opened.press('90 分钟')
    await opened.press(/^教师$/)
    await opened.press('学生会')
    await opened.press('开始签到')
    expect(startGathering).toHaveBeenCalledWith({
      purpose: 'meeting',
      title: '高等数学',
      zone: '教学楼 B-104',
      minutes: 90,
      classes: ['student', 'teacher'],
      groups: ['学生会'],
    })
    expect(opened.find('.attended-count')?.textContent).toBe('5 人已签到')
  })

  it('of many places those are shown that match what is typed', async () => {
    const zones = Array.from({ length: 40 }, (_, nth) => `教学楼 ${100 + nth}`)
    const opened = await open({ ...teacher, gatherings: value({ ...gatherings, zones }) })
    await opened.press('发起签到')
    await opened.press('发起一场签到')
    expect(opened.text()).not.toContain('教学楼 137')
    const find = opened.find('.choose-find') as HTMLInputElement
    await opened.change(() => {
      find.value = '137'
      find.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await opened.press('教学楼 137')
    expect(
      [...opened.root.querySelectorAll('.pick[aria-pressed=true]')].map((one) => one.textContent),
    ).toContain('教学楼 137')
  })

  it('show who has come, mark a code that was used twice, and are ended after being sure', async () => {
    const endGathering = vi.fn(async () => ({ kind: 'done' as const, value: attendance.gathering }))
    const opened = await open(teacher, { endGathering })
    await opened.press('发起签到')
    await opened.press('高等数学 第 11 周')
    expect(opened.text()).toContain('欧阳修文')
    expect(opened.text()).toContain('同一个码用了两次，请核对本人')
    await opened.press('结束签到')
    expect(endGathering).not.toHaveBeenCalled()
    await opened.press(/^结束$/)
    expect(endGathering).toHaveBeenCalledWith('g1')
  })

  it('say what went wrong', async () => {
    const opened = await open(teacher, {
      startGathering: async () => ({ kind: 'refused', problem: problem('ZONE_UNKNOWN') }),
    })
    await opened.press('发起签到')
    await opened.press('发起一场签到')
    const field = opened.find('.field-input') as HTMLInputElement
    await opened.change(() => {
      field.value = '班会'
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await opened.press('开始签到')
    expect(opened.find('.trouble')?.textContent).toContain('这个地点没有可用的读码器')
  })
})

describe('how far a lock has reached (R32)', () => {
  const locked = { card: createCell(value({ ...card, status: 'locked' as const })) }

  it('stands on the card, on the access screen and where it was locked', async () => {
    const onCard = await open({ reach }, {}, locked, { options: { screen: 'card' } })
    expect(onCard.find('.reach')?.textContent).toContain('已通知 37/40 个闸机')
    expect(onCard.find('.reach')?.textContent).toContain('北门 2 号闸机上次联网 05:04')
    expect(onCard.find('.reach')?.textContent).toContain('老图书馆还没联过网')
    onCard.unmount()
    const code = { kind: 'blocked', problem: problem('CARD_LOCKED') } as const
    const onAccess = await open({ reach, code }, {}, locked)
    expect(onAccess.find('.reach')).not.toBeNull()
    onAccess.unmount()
    const onLock = await open({ reach }, {}, {}, { options: { screen: 'wallet' } })
    await onLock.press('挂失校园卡')
    await onLock.press('马上挂失')
    await onLock.press('确认挂失')
    expect(onLock.find('.reach')?.textContent).toContain('已通知 37/40 个闸机')
  })

  it('says so, aloud too, when all gates know; and nothing while that is not known', async () => {
    const onCard = await open({ reach: null }, {}, locked, { options: { screen: 'card' } })
    expect(onCard.text()).toContain('所有闸机都已停用你的通行码')
    expect(onCard.spoken()).toBe('所有闸机都已停用你的通行码')
    onCard.unmount()
    const without = await open({}, {}, locked, { options: { screen: 'card' } })
    expect(without.find('.reach')).toBeNull()
  })
})

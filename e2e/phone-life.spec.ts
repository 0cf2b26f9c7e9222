import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { openPhone, sandbox, system, till } from './stage.ts'

takePeople(['罗一鸣'])

const DAY_MS = 86_400_000

describe('a phone with a key and no network (R21)', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('罗一鸣')
    await phone.waitForCode()
    await phone.enrol(sandbox)
    // What is shown after the first scan must not have to be fetched.
    await phone.waitForAllParts()
  })
  afterAll(() => phone.close())

  it('asks nobody on the way to its first code', async () => {
    const page = await phone.context.newPage()
    await page.addInitScript(noteFetches)
    await page.goto(phone.page.url())
    const visit = new Phone(page)
    expect(await visit.readCode()).toMatch(/^7110012\d{17}$/)
    await visit.root.getByText('¥').first().waitFor()
    const fetches = await page.evaluate(
      () => (window as unknown as { fetches: { path: string; drawn: boolean }[] }).fetches,
    )
    expect(fetches.filter(({ drawn }) => !drawn)).toEqual([])
    expect(fetches.map(({ path }) => path)).toContain('/v1/me/accounts')
    await page.close()
  })

  it('goes on drawing codes, and they pay', async () => {
    const seen = await phone.readCode()
    await phone.context.setOffline(true)
    await phone.root.getByText('离线', { exact: true }).waitFor()
    await phone.refresh()
    const code = await phone.readCode('qr', 'zxing', seen)
    expect(code).toMatch(/^7110012\d{17}$/)
    await phone.shoot('offline')
    const { exitCode, line } = await till.pay(code, '2.00')
    expect({ exitCode, ...line }).toMatchObject({
      exitCode: 0,
      status: 'PAID',
      amountFen: 230,
      payer: { class: 'external' },
    })
  })

  it('learns what happened when the network is back', async () => {
    await phone.context.setOffline(false)
    const result = await phone.readResult('paid')
    expect(result).toContain('校外加价 +¥0.30')
    await phone.openCode()
    await expect.poll(() => phone.root.getByText('离线', { exact: true }).isVisible()).toBe(false)
  })
})

describe('a phone without a key and without network', () => {
  it('shows why there is no code, and a code again when the network is back', async () => {
    const phone = await openPhone('罗一鸣', { prepare: (context) => context.clock.install() })
    await phone.readCode()
    await phone.waitForAllParts()
    await phone.context.setOffline(true)
    await phone.refresh()
    await phone.root.getByText('离线', { exact: true }).waitFor()
    // As long as the code can pay it stays.
    expect(await phone.codes.count()).toBe(2)
    await phone.page.clock.fastForward(61_000)
    await phone.root.getByRole('heading', { name: '没有网络' }).waitFor()
    expect((await phone.scan('zxing')).qr).toEqual([])
    await phone.shoot('blocked-offline')
    await phone.context.setOffline(false)
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.close()
  })
})

describe('a page that nobody looks at', () => {
  it('blanks the code, closes the stream, and first tells what became of the last code', async () => {
    const phone = await openPhone('罗一鸣')
    const code = await phone.readCode()
    await setHidden(phone.page, true)
    await expect.poll(() => phone.codes.count()).toBe(0)
    expect((await phone.scan('zxing')).qr).toEqual([])
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    await setHidden(phone.page, false)
    await phone.readResult('paid')
    await phone.openCode()
    const next = await phone.readCode()
    await setHidden(phone.page, true)
    await expect.poll(() => phone.codes.count()).toBe(0)
    await setHidden(phone.page, false)
    expect(await phone.readCode('qr', 'zxing', next)).toMatch(/^7110017/)
    await phone.close()
  })
})

describe('a session', () => {
  it('is renewed before it ends, without the screen noticing', async () => {
    let sessions = 0
    const phone = await openPhone('罗一鸣', {
      prepare: (context) =>
        context.route('**/session', async (route) => {
          sessions += 1
          const answer = await route.fetch()
          const session = await answer.json()
          const soon = new Date(Date.now() + 8_000).toISOString()
          await route.fulfill({ response: answer, json: { ...session, expiresAt: soon } })
        }),
    })
    const code = await phone.readCode()
    const notices: string[] = []
    await phone.page.exposeFunction('noteNotice', (text: string) => notices.push(text))
    await phone.page.evaluate(watchForNotices)
    const before = sessions
    await expect
      .poll(
        async () => {
          await phone.refresh()
          return sessions
        },
        { interval: 1_000 },
      )
      .toBeGreaterThan(before)
    // The last of those codes, once it is there.
    let next = code
    const isSettled = async () => {
      const seen = next
      next = await phone.readCode('qr', 'zxing', code)
      return next === seen
    }
    await expect.poll(isSettled, { interval: 1_000 }).toBe(true)
    expect(await till.pay(next, '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    expect(notices).toEqual([])
    await phone.close()
  })

  it('that the server calls expired is renewed, and the call made again', async () => {
    let refused = 0
    let sessions = 0
    const phone = await openPhone('罗一鸣', {
      async prepare(context) {
        context.on('request', (request) => {
          if (new URL(request.url()).pathname === '/session') sessions += 1
        })
        await context.route('**/v1/me/codes', async (route) => {
          if (route.request().method() !== 'POST' || refused > 0) return route.fallback()
          refused += 1
          const problem = toProblem('SESSION_EXPIRED', 'e2e')
          await route.fulfill({
            status: problem.status,
            contentType: PROBLEM_TYPE,
            headers: { 'access-control-allow-origin': system.demoUrl },
            json: problem,
          })
        })
      },
    })
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    expect({ refused, sessions }).toEqual({ refused: 1, sessions: 2 })
    await phone.close()
  })

  it('that cannot be renewed takes one sentence and one button', async () => {
    const phone = await openPhone('罗一鸣', {
      prepare: (context) =>
        context.route('**/session', (route) => route.fulfill({ status: 502, json: {} })),
    })
    const reconnect = phone.root.getByRole('button', { name: '重新连接' })
    await reconnect.waitFor()
    expect(await phone.readPanel()).toContain('SESSION_PROVIDER_FAILED')
    await expectAccessible(phone, 'session-lost')
    await phone.context.unroute('**/session')
    await reconnect.click()
    expect(await phone.readCode()).toMatch(/^7110017/)
    await phone.close()
  })
})

describe('a phone whose clock is wrong', () => {
  it.each([
    ['a day ahead', DAY_MS],
    ['a day behind', -DAY_MS],
  ])('by %s pays all the same', async (_, offsetMs) => {
    const time = Date.now() + offsetMs
    const phone = await openPhone('罗一鸣', {
      prepare: (context) => context.clock.install({ time }),
    })
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.close()
  })
})

describe('the event stream', () => {
  it('is not needed: the phone asks when it cannot listen (R22)', async () => {
    const phone = await openPhone('罗一鸣', {
      prepare: (context) => context.route('**/v1/me/event-stream', (route) => route.abort()),
    })
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.close()
  })

  it('turns the phone to the result without being asked', async () => {
    let listening: Promise<unknown> = Promise.resolve()
    const phone = await openPhone('罗一鸣', {
      async prepare(context) {
        listening = context.waitForEvent('response', (answer) =>
          answer.url().endsWith('/v1/me/event-stream'),
        )
        await context.route('**/v1/me/events*', (route) => route.abort())
      },
    })
    const code = await phone.readCode()
    await listening
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.close()
  })
})

/** Headless Chromium never hides a page, so we say for it what it would say. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
      document.dispatchEvent(new Event('visibilitychange'))
    },
    hidden ? 'hidden' : 'visible',
  )
}

/** Notes each request of a script, and whether a code was drawn by then. */
function noteFetches(): void {
  const fetches: { path: string; drawn: boolean }[] = []
  const { fetch } = window
  Object.assign(window, {
    fetches,
    fetch(input: string, init?: RequestInit) {
      const root = document.querySelector('#ecode')?.shadowRoot
      const bars = root?.querySelector<HTMLCanvasElement>('.bars canvas')
      const row = bars?.getContext('2d')?.getImageData(0, 0, bars.width, 1)
      const pixels = [...(row?.data ?? [])]
      const { pathname: path } = new URL(input, location.href)
      fetches.push({ path, drawn: pixels.includes(255) && pixels.includes(0) })
      return fetch(input, init)
    },
  })
}

/** Reports any sentence about the session, and any moment without a code on display. */
function watchForNotices(): void {
  const find = (root: ParentNode): ShadowRoot | undefined => {
    for (const element of root.querySelectorAll('*'))
      if (element.shadowRoot) return element.shadowRoot
    return undefined
  }
  const root = find(document)
  if (!root) throw new Error('there is no widget')
  const { noteNotice } = window as unknown as { noteNotice(text: string): void }
  new MutationObserver(() => {
    const notice = root.querySelector('.notice')
    if (notice) noteNotice(notice.textContent ?? '')
    else if (!root.querySelector('[part=code] canvas, [part=outcome]')) noteNotice('no code')
  }).observe(root, { subtree: true, childList: true })
}

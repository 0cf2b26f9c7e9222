import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { Phone } from './phone.ts'
import { shoot } from './shoot.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/**
 * axe finds nothing wrong with what is on screen, by day and by night, and the Tab key leads to all that
 * can be operated; keeps a picture of each.
 */
export async function expectAccessible(phone: Phone, name: string): Promise<void> {
  await expectPageAccessible(phone.page, name)
  await expectKeyboardReaches(phone.page, name)
}

export async function expectPageAccessible(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    )
    await page.evaluate(axe)
    // What is framed is a page of its own, and checked as one.
    const { violations }: AxeResults = await page.evaluate('axe.run({ iframes: false })')
    const found = violations.map(({ id, nodes }) => ({
      rule: id,
      where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    }))
    await shoot(page, `${name}-${colorScheme}`)
    expect(found, `${name}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}

/** From anywhere, Tab comes by everything once round, and shows where it is. */
async function expectKeyboardReaches(page: Page, name: string): Promise<void> {
  const count = await page.evaluate(watchFocus)
  // More than once round: the browser's own controls may take a turn.
  for (let turn = 0; turn < count + 4; turn++) await page.keyboard.press('Tab')
  expect(await page.evaluate(readFocus), `${name}, by keyboard`).toEqual({ missed: [], unseen: [] })
}

interface FocusWatch {
  wanted: Element[]
  reached: Set<Element>
  unseen: Set<Element>
  stop(): void
}

function watchFocus(): number {
  const operable = 'a[href], button, input, select, textarea, summary, iframe, [tabindex="0"]'
  const roots = [document, ...shadowRoots(document)]
  const wanted = roots.flatMap((root) => [...root.querySelectorAll(operable)]).filter(isOperable)
  const reached = new Set<Element>()
  const unseen = new Set<Element>()
  const note = (event: Event) => {
    const { target } = event
    if (!(target instanceof Element)) return
    reached.add(target)
    const { outlineStyle, boxShadow } = getComputedStyle(target)
    const isFrame = target.localName === 'iframe'
    const isHost = target.shadowRoot !== null
    if (!isFrame && !isHost && outlineStyle === 'none' && boxShadow === 'none') unseen.add(target)
  }
  // What moves within a shadow root is not heard outside.
  for (const root of roots) root.addEventListener('focusin', note)
  const stop = () => {
    for (const root of roots) root.removeEventListener('focusin', note)
  }
  Object.assign(window, { focusWatch: { wanted, reached, unseen, stop } })
  return wanted.length

  function isOperable(element: Element): boolean {
    const hidden =
      element.closest('[inert]') ?? !element.checkVisibility({ visibilityProperty: true })
    if (hidden || !isWithin(element)) return false
    return !element.matches(':disabled, [type=hidden], [tabindex="-1"]')
  }
  /** What lies beneath a modal dialog cannot be operated. */
  function isWithin(node: Node): boolean {
    const modal = document.querySelector(':modal')
    if (!modal || modal.contains(node)) return true
    const root = node.getRootNode()
    return root instanceof ShadowRoot && isWithin(root.host)
  }
  function shadowRoots(root: ParentNode): ShadowRoot[] {
    const own = [...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot ?? [])
    return own.flatMap((each) => [each, ...shadowRoots(each)])
  }
}

function readFocus(): { missed: string[]; unseen: string[] } {
  const { focusWatch } = window as unknown as { focusWatch: FocusWatch }
  const { wanted, reached, unseen, stop } = focusWatch
  stop()
  const describe = (element: Element) => element.outerHTML.slice(0, 120)
  return {
    missed: wanted.filter((element) => !reached.has(element)).map(describe),
    unseen: [...unseen].map(describe),
  }
}

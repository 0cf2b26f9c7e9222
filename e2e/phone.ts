import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '@campus-ecode/protocol/shapes'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  errors,
  type Locator,
  type Page,
} from 'playwright'
import { expect } from 'vitest'
import { type CodesRead, type ReaderName, readers } from './read-codes.ts'
import type { Sandbox } from './sandbox.ts'
import { shoot } from './shoot.ts'

const READ_TIMEOUT_MS = 30_000
const LOOK_AGAIN_MS = 400
const PICTURE_TIMEOUT_MS = 8_000
const SMS_AGAIN_MS = 70_000

export interface PhoneOptions {
  demoUrl: string
  /** A person of demo.json. */
  person: string
  screen?: 'card' | 'pay' | 'access' | 'wallet'
  locale?: 'zh-CN' | 'en'
  scheme?: 'light' | 'dark'
  care?: boolean
  width?: number
  context?: BrowserContextOptions
  /** Done before the page is opened. */
  prepare?(context: BrowserContext): Promise<unknown>
}

/** A person's phone with the widget on a plain host page. What a cashier sees is read from pixels. */
export class Phone {
  readonly page: Page
  /** The widget: the whole page, or one of several. */
  readonly root: Locator
  readonly #loaded = new Set<string>()

  constructor(page: Page, root: Locator = page.locator('html')) {
    this.page = page
    this.root = root
    page.on('requestfinished', (request) => this.#loaded.add(request.url()))
  }

  static async open(browser: Browser, options: PhoneOptions): Promise<Phone> {
    const { demoUrl, person, screen = 'pay', locale, scheme, care, width = 375 } = options
    const context = await browser.newContext({
      viewport: { width, height: 812 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      ...options.context,
    })
    await options.prepare?.(context)
    const page = await context.newPage()
    const phone = new Phone(page)
    const query = new URLSearchParams({ person, screen })
    if (locale) query.set('locale', locale)
    if (scheme) query.set('scheme', scheme)
    if (care) query.set('care', '1')
    await page.goto(`${demoUrl}/phone?${query}`)
    return phone
  }

  get context(): BrowserContext {
    return this.page.context()
  }

  /**
   * Reads the code as a till would, from the pixels of a screenshot, as soon as there is one.
   *
   * @param except Digits to wait past: the code that was read before.
   */
  readCode(
    shape: keyof CodesRead = 'qr',
    reader: ReaderName = 'zxing',
    except = '',
    timeoutMs = READ_TIMEOUT_MS,
  ): Promise<string> {
    return this.#read(shape, reader, (text) => text !== except, timeoutMs)
  }

  /** Waits for a code of this form, for example of an account. */
  readCodeLike(form: RegExp): Promise<string> {
    return this.#read('qr', 'zxing', (text) => form.test(text), READ_TIMEOUT_MS)
  }

  async #read(
    shape: keyof CodesRead,
    reader: ReaderName,
    wanted: (text: string) => boolean,
    timeoutMs: number,
  ): Promise<string> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      // A page that is being left gives no picture, and its browser may wait for one for good.
      const seen = await this.scan(reader).catch((error) => {
        if (!(error instanceof errors.TimeoutError)) throw error
      })
      const found = seen?.[shape].find(wanted)
      if (found) return found
      if (Date.now() > deadline) throw new Error(`${reader} sees no such ${shape} on the phone`)
      // Some phones wait for most of a minute, and looking is work.
      await sleep(LOOK_AGAIN_MS)
    }
  }

  /** What a reader sees on the screen at this moment. */
  async scan(reader: ReaderName): Promise<CodesRead> {
    return readers[reader](await this.page.screenshot({ timeout: PICTURE_TIMEOUT_MS }))
  }

  /** The drawn code is there; says nothing of whether it can be read. */
  async waitForCode(): Promise<void> {
    await this.root.locator('[part=code] canvas').first().waitFor()
  }

  /** What comes after the first code is here as well: from now on the network may go. */
  async waitForAllParts(): Promise<void> {
    const isMore = (url: string) => /\/more-\w+\.js$/.test(url)
    if ([...this.#loaded].some(isMore)) return
    await this.page.waitForEvent('requestfinished', (request) => isMore(request.url()))
  }

  get codes(): Locator {
    return this.root.locator('[part=code] canvas')
  }

  get outcome(): Locator {
    return this.root.locator('[part=outcome]')
  }

  /** The text of the result, with the receipt below it, once the result is there. */
  async readResult(kind: 'paid' | 'refused' | 'waiting' | 'undone'): Promise<string> {
    await this.root.locator(`[part=outcome].${kind}`).waitFor()
    return this.readPanel()
  }

  async readPanel(): Promise<string> {
    const [panel = ''] = await this.root.locator('[part=panel]').allInnerTexts()
    return panel.replaceAll(/\s+/g, ' ')
  }

  /** From a result, or from nowhere in particular, to a code. */
  async openCode(): Promise<void> {
    const next = this.root.getByRole('button', { name: /^(下一个付款码|回到付款码|换一个新码)$/ })
    await this.codes.first().or(next).waitFor()
    if (await next.isVisible()) await next.click()
    await this.waitForCode()
  }

  account(account: Account): Locator {
    return this.root.locator('[part=account]').nth(account === 'wallet' ? 0 : 1)
  }

  async chooseAccount(account: Account): Promise<void> {
    await this.account(account).click()
    await expect.poll(() => this.account(account).getAttribute('aria-pressed')).toBe('true')
  }

  async refresh(): Promise<void> {
    await this.root.locator('[part=refresh]').click()
  }

  /** Digits on or off. */
  async tapDigits(): Promise<void> {
    await this.root.locator('[part=digits]').click()
  }

  async openBill(): Promise<void> {
    await this.root.getByRole('button', { name: /^(账单|Bill)$/ }).click()
    await this.root.locator('[part=totals]').waitFor()
  }

  /** Waits for a row of the bill on screen. */
  async expectInBill(row: RegExp): Promise<void> {
    const rows = async () => {
      const texts = await this.root.locator('.bill-row').allInnerTexts()
      return texts.map((text) => text.replaceAll(/\s+/g, ' '))
    }
    await expect.poll(rows).toContainEqual(expect.stringMatching(row))
  }

  async back(): Promise<void> {
    await this.root.getByRole('button', { name: /^(返回|Back)$/ }).click()
  }

  /** Makes this phone draw its own codes, with the code that arrives by SMS. */
  async enrol(sandbox: Sandbox): Promise<void> {
    await this.root.locator('[part=offer]').click()
    const field = this.root.locator('[part=field]')
    const deadline = Date.now() + SMS_AGAIN_MS
    for (;;) {
      await this.root.getByRole('button', { name: '发短信验证码' }).click()
      await field.or(this.root.getByText('SMS_TOO_SOON')).first().waitFor()
      if ((await field.isVisible()) || Date.now() > deadline) break
      // A person gets one SMS a minute.
      await this.page.waitForTimeout(3_000)
    }
    const [sentence = ''] = await this.root.locator('.enrol-why').allInnerTexts()
    const [tail = ''] = /\d{4}/.exec(sentence) ?? []
    await field.fill(await sandbox.readSms(tail))
    await this.root.getByRole('heading', { name: '已开通离线付款' }).waitFor()
    await this.root.getByRole('button', { name: '回到付款码' }).click()
    await this.waitForCode()
  }

  /** Keeps a picture for people to look at. */
  shoot(name: string): Promise<void> {
    return shoot(this.page, name)
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}

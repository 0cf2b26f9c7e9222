import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright'
import { expectPageAccessible } from './accessible.ts'
import type { SystemUrls } from './system.ts'

interface DemoAccount {
  name: string
  password: string
  totpSecret: string
}

/** Once round the longest page. */
const TABS_MAX = 150

/** A school's office at the console, with the accounts that `npm start` has written down. */
export class ConsolePage {
  readonly page: Page
  readonly #url: string
  readonly #accounts: DemoAccount[]
  readonly #usedCodes = new Set<string>()

  private constructor(page: Page, url: string, accounts: DemoAccount[]) {
    this.page = page
    this.#url = url
    this.#accounts = accounts
  }

  static async open(browser: Browser, { consoleUrl, dataDir }: SystemUrls): Promise<ConsolePage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'zh-CN',
    })
    const { accounts } = JSON.parse(readFileSync(join(dataDir, 'console.json'), 'utf8'))
    const page = await context.newPage()
    await page.goto(`${consoleUrl}/?school=1001`)
    return new ConsolePage(page, consoleUrl, accounts)
  }

  /** Fills the form and sends it; whoever is let in sees the menu. */
  async signIn(name: string, { totp }: { totp?: string } = {}): Promise<void> {
    const account = this.#accounts.find((each) => each.name === name)
    if (!account) throw new Error(`the demo has no account called ${name}`)
    await this.page.getByLabel('登录名').fill(name)
    await this.page.getByLabel('密码').fill(account.password)
    await this.page.getByLabel('动态码').fill(totp ?? (await this.#nextCode(account)))
    await this.page.getByRole('button', { name: '登录', exact: true }).click()
    if (totp === undefined) await this.page.getByRole('navigation').waitFor()
  }

  /** Each is good once. */
  async #nextCode({ name, totpSecret }: DemoAccount): Promise<string> {
    const totp = new TOTP({ secret: Secret.fromBase32(totpSecret) })
    for (;;) {
      const code = totp.generate()
      if (!this.#usedCodes.has(`${name}/${code}`)) {
        this.#usedCodes.add(`${name}/${code}`)
        return code
      }
      await sleep(1_000)
    }
  }

  async leave(): Promise<void> {
    await this.page.getByRole('button', { name: '退出', exact: true }).click()
    await this.page.getByRole('heading', { name: '登录管理台' }).waitFor()
  }

  /** By the keyboard alone: on by Tab to what is called so, which can be seen to have the focus. */
  async tabTo(name: string): Promise<void> {
    for (let turn = 0; turn < TABS_MAX; turn++) {
      await this.page.keyboard.press('Tab')
      const { label, isSeen } = await this.page.evaluate(describeFocus)
      if (!isSeen) throw new Error(`nobody sees the focus on ${label}`)
      if (label.startsWith(name)) return
    }
    throw new Error(`Tab does not lead to ${name}`)
  }

  /** Goes there and presses it. */
  async press(name: string): Promise<void> {
    await this.tabTo(name)
    await this.page.keyboard.press('Enter')
  }

  /** Goes there and replaces what is in it. */
  async type(name: string, text: string): Promise<void> {
    await this.tabTo(name)
    await this.page.keyboard.press('Control+A')
    await this.page.keyboard.type(text)
  }

  async signInByKeyboard(name: string): Promise<void> {
    const account = this.#accounts.find((each) => each.name === name)
    if (!account) throw new Error(`the demo has no account called ${name}`)
    await this.type('登录名', name)
    await this.type('密码', account.password)
    await this.type('动态码', await this.#nextCode(account))
    await this.page.keyboard.press('Enter')
    await this.page.getByRole('navigation').waitFor()
  }

  async leaveByKeyboard(): Promise<void> {
    await this.press('退出')
    await this.page.getByRole('heading', { name: '登录管理台' }).waitFor()
  }

  /** By the menu, which begins each page; the page takes the focus a moment after it is drawn. */
  async openByKeyboard(name: string): Promise<void> {
    await this.press(name)
    await this.page.getByRole('heading', { name, level: 1 }).waitFor()
    await this.page.locator('main :focus').waitFor()
  }

  /** As the menu does. */
  async go(name: string): Promise<void> {
    await this.page.locator(`header a[href="#/${name}"]`).click()
    await this.page.locator(`header a[href="#/${name}"][aria-current]`).waitFor()
  }

  /** What the menu offers. */
  async pages(): Promise<string[]> {
    const texts = await this.page.getByRole('navigation').getByRole('link').allInnerTexts()
    return texts.map((text) => text.trim())
  }

  /** As the page itself would call, with its cookie. */
  post(path: string, body: unknown): Promise<{ status: number; code?: string }> {
    return this.page.evaluate(
      async ([target, said]) => {
        const headers = { 'ecode-console': '1', 'content-type': 'application/json' }
        const answer = await fetch(target, { method: 'POST', headers, body: said })
        return { status: answer.status, ...(await answer.json()) }
      },
      [path, JSON.stringify(body)] as const,
    )
  }

  /** What a form on another site of the same machine sends along with the cookie. */
  async postFromElsewhere(path: string, origin: string): Promise<string> {
    const other = await this.page.context().newPage()
    await other.goto(origin)
    const answered = other.waitForResponse((response) => response.url().includes(path))
    await other.evaluate((action) => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action, enctype: 'text/plain' })
      const field = Object.assign(document.createElement('input'), {
        name: '{"everywhere":true,"a":"',
      })
      form.append(Object.assign(field, { value: '"}' }))
      document.body.append(form)
      form.submit()
    }, `${this.#url}${path}`)
    const text = await (await answered).text()
    await other.close()
    return text
  }

  expectAccessible(name: string): Promise<void> {
    return expectPageAccessible(this.page, name)
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

function describeFocus(): { label: string; isSeen: boolean } {
  const focused = document.activeElement
  if (!focused || focused === document.body) return { label: '', isSeen: true }
  const { labels } = focused as HTMLInputElement
  const label =
    focused.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? focused.textContent
  const { outlineStyle, outlineWidth } = getComputedStyle(focused)
  const { width, height } = focused.getBoundingClientRect()
  const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px' && width > 0 && height > 0
  return { label: (label ?? '').trim(), isSeen }
}

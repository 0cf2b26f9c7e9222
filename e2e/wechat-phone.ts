import type { Browser, BrowserContext, Page } from 'playwright'

/** Of WeChat 8.0.68 on Android, as it says in pages. */
export const WECHAT_AGENT =
  'Mozilla/5.0 (Linux; Android 14; V2244A Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 ' +
  'Chrome/142.0.0.0 Mobile Safari/537.36 XWEB/1420047 MicroMessenger/8.0.68.2880(0x28004455) WeChat/arm64 ' +
  'Weixin NetType/WIFI Language/zh_CN ABI/arm64'

/** Somebody's WeChat, in which pages open: WeChat knows who it is and asks nothing. */
export class WechatPhone {
  /** The one that is open: WeChat opens each from its menu anew, with nothing of the one before. */
  page: Page
  /** Where it has been led, without what is secret in addresses. */
  readonly visited: string[] = []
  readonly context: BrowserContext
  readonly #wechatUrl: string

  private constructor(page: Page, wechatUrl: string) {
    this.context = page.context()
    this.page = page
    this.#wechatUrl = wechatUrl
  }

  static async open(browser: Browser, wechatUrl: string, user: string): Promise<WechatPhone> {
    const context = await browser.newContext({
      ...{ userAgent: WECHAT_AGENT, viewport: { width: 375, height: 812 }, deviceScaleFactor: 2 },
      ...{ hasTouch: true, isMobile: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' },
    })
    context.setDefaultTimeout(30_000)
    const phone = new WechatPhone(await context.newPage(), wechatUrl)
    await phone.page.goto(`${wechatUrl}/phones/${user}`)
    return phone
  }

  /** From the menu of the school's official account. */
  async openFromMenu(label: string): Promise<void> {
    await this.page.close()
    this.page = await this.context.newPage()
    await this.page.goto(`${this.#wechatUrl}/phones`)
    this.visited.length = 0
    const { page } = this
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.visited.push(frame.url().replace(/[?#].*/, ''))
    })
    await page.getByRole('link', { name: label }).click()
  }

  /** Types card number and campus-card password where the core asks for them (R2b). */
  async bind(cardNo: string, password: string): Promise<void> {
    await this.page.locator('#card').fill(cardNo)
    await this.page.locator('#password').fill(password)
    await this.page.locator('[type=submit]').click()
  }

  /**
   * Goes where it is led, as a browser does, with this phone's cookies.
   *
   * @param from The page that leads there.
   * @param end The first address that is not gone to any more begins like this.
   */
  async travel(from: string, start: string, end: string): Promise<string> {
    let url = start
    while (!url.startsWith(end)) {
      const answer = await this.context.request.get(url.replace(/#.*/, ''), {
        ...{ maxRedirects: 0, headers: { referer: `${from}/` } },
      })
      const { location } = answer.headers()
      if (location === undefined) throw new Error(`led nowhere: ${answer.status()}`)
      url = new URL(location, url).href
    }
    return url
  }

  /** What the account has sent, newest first. */
  async readMessages(): Promise<string[]> {
    await this.page.goto(`${this.#wechatUrl}/phones`)
    return this.page.locator('article').allInnerTexts()
  }
}

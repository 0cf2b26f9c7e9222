import type { Browser, Locator, Page } from 'playwright'
import type { SystemUrls } from './system.ts'

/** A gate with a screen, shown pictures of codes. */
export class GateScreen {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  static async open(browser: Browser, { gateUrl }: SystemUrls): Promise<GateScreen> {
    const context = await browser.newContext({ viewport: { width: 820, height: 1000 } })
    const page = await context.newPage()
    await page.goto(gateUrl)
    return new GateScreen(page)
  }

  /** Stands before the gate of this name, as soon as that has a network. */
  async goTo(name: string): Promise<void> {
    const online = this.page.waitForResponse(async (response) => {
      if (!response.url().endsWith(`/gates/${await this.#chosen()}`)) return false
      return (await response.json()).online === true
    })
    await this.page.locator('#gate').selectOption({ label: name })
    await online
  }

  #chosen(): Promise<string> {
    return this.page.locator('#gate').inputValue()
  }

  /** @param picture A PNG. */
  async show(picture: Buffer): Promise<void> {
    const file = { name: 'phone.png', mimeType: 'image/png', buffer: picture }
    await this.page.locator('#picture').setInputFiles(file)
  }

  /** What it says, in green, in red, or about who it is. */
  answer(kind: 'opened' | 'refused' | 'identity'): Locator {
    return this.page.locator(`#result.${kind}`)
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

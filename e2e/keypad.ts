import type { FrameLocator, Locator, Page } from 'playwright'

/** The core's keypad page as the person meets it: in a sheet over the widget, or by itself. */
export class Keypad {
  readonly #in: FrameLocator | Page
  /** The frame in the widget's sheet; detached once the keypad is over. */
  readonly sheet: Locator | undefined

  private constructor(inside: FrameLocator | Page, sheet?: Locator) {
    this.#in = inside
    this.sheet = sheet
  }

  static inSheet(root: Locator): Keypad {
    const sheet = root.locator('iframe.keypad-frame')
    return new Keypad(sheet.contentFrame(), sheet)
  }

  static atTopLevel(page: Page): Keypad {
    return new Keypad(page)
  }

  async choosePhrase(phrase: string): Promise<void> {
    await this.#in.locator('#phrase').fill(phrase)
    await this.#in.locator('[type=submit]').click()
  }

  async type(digits: string): Promise<void> {
    await this.#in.locator('.keys:not(.busy)').waitFor()
    for (const digit of digits) {
      await this.#in.locator('.keys').getByRole('button', { name: digit, exact: true }).click()
    }
  }

  /** What is approved, and the words by which the person knows the page. */
  async read(): Promise<string> {
    await this.#in.locator('.keys:not(.busy)').waitFor()
    return (await this.#in.locator('main').allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ')
  }

  async waitForStatus(text: RegExp): Promise<void> {
    await this.#in.locator('.status').filter({ hasText: text }).waitFor()
  }

  async cancel(): Promise<void> {
    await this.#in.getByRole('button', { name: '取消' }).click()
  }
}

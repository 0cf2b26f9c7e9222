import type { Locator, Page } from 'playwright'

/** The real-name provider's own page, as the sandbox plays it: a camera that is told what it sees. */
export class FacePage {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  get heading(): Locator {
    return this.#page.getByRole('heading', { level: 1 })
  }

  async choose(act: 'pass' | 'fail' | 'leave'): Promise<void> {
    await this.#page.locator(`button[value=${act}]`).click()
  }
}

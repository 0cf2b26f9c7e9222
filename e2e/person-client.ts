import type {
  Approval,
  ApprovalAction,
  ApprovalState,
  Verification,
} from '@campus-ecode/protocol/approvals'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { Wallet } from '@campus-ecode/protocol/wallet'
import type { Browser } from 'playwright'
import { Keypad } from './keypad.ts'
import { PageClient } from './page-client.ts'
import { findPerson } from './people.ts'
import type { Sandbox } from './sandbox.ts'
import type { SystemUrls } from './system.ts'

const PHRASE = '河对岸的灯'
const APPROVED_MS = 20_000

/** A person without the widget: calls what it would call, and types on the core's own keypad page. */
export class PersonClient {
  readonly #page: PageClient
  readonly #system: SystemUrls
  readonly #browser: Browser

  private constructor(page: PageClient, system: SystemUrls, browser: Browser) {
    this.#page = page
    this.#system = system
    this.#browser = browser
  }

  static async open(
    name: string,
    { system, demo, browser }: { system: SystemUrls; demo: Demo; browser: Browser },
  ): Promise<PersonClient> {
    const { bffUrl, demoUrl: origin } = system
    const { cardNo } = findPerson(demo, name)
    const page = await PageClient.open({ bffUrl, origin, school: demo.school, cardNo })
    return new PersonClient(page, system, browser)
  }

  /** @returns What was answered, whatever the status. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const answer = await this.#page.call(
      method,
      `/v1/me${path}`,
      body === undefined ? {} : { body },
    )
    return { status: answer.status, body: (await answer.json()) as T }
  }

  async read<T>(path: string): Promise<T> {
    const { status, body } = await this.ask<T>('GET', path)
    if (status !== 200) throw new Error(`${path} was answered ${status}`)
    return body
  }

  async walletFen(): Promise<number> {
    return (await this.read<Wallet>('/wallet')).balanceFen ?? 0
  }

  /** The first one, proven by SMS; does nothing when there is one. */
  async setPaymentPassword(digits: string, sandbox: Sandbox): Promise<void> {
    const { password, cards } = await this.read<Wallet>('/wallet')
    if (password === 'set') return
    const [card] = cards
    const means = card ? { means: 'bank_card', cardId: card.cardId } : { means: 'school_phone' }
    const { status, body } = await this.ask<Verification>('POST', '/verifications', means)
    if (status !== 201) throw new Error(`no verification: ${status}`)
    const { verificationId, phoneTail } = body
    const smsCode = await sandbox.readSms(phoneTail)
    await this.ask('POST', `/verifications/${verificationId}/confirm`, { smsCode })
    await this.approve({ kind: 'set_password', verificationId }, digits, digits)
  }

  /**
   * Types on the keypad page what it asks for, one after the other.
   *
   * @returns The approval, given or spent.
   */
  async approve(action: ApprovalAction, ...entries: string[]): Promise<string> {
    const returnTo = `${this.#system.demoUrl}/healthz`
    const started = await this.ask<Approval>('POST', '/approvals', { action, returnTo })
    if (started.status !== 201) throw new Error(`no approval: ${started.status}`)
    const { approvalId, keypadUrl, ticket } = started.body
    const context = await this.#browser.newContext({ locale: 'zh-CN' })
    try {
      const page = await context.newPage()
      await page.setContent(
        `<form method="post" action="${keypadUrl}"><input name="ticket" value="${ticket}"></form>`,
      )
      await Promise.all([
        page.waitForURL(keypadUrl),
        page.locator('form').evaluate((form) => (form as HTMLFormElement).submit()),
      ])
      const keypad = Keypad.atTopLevel(page)
      if (action.kind === 'set_password') await keypad.choosePhrase(PHRASE)
      for (const digits of entries) await keypad.type(digits)
      await this.#waitFor(approvalId)
      return approvalId
    } finally {
      await context.close()
    }
  }

  async #waitFor(approvalId: string): Promise<void> {
    const deadline = Date.now() + APPROVED_MS
    for (;;) {
      const { status } = await this.read<ApprovalState>(`/approvals/${approvalId}`)
      if (status === 'approved' || status === 'spent') return
      if (Date.now() > deadline) throw new Error(`the approval is ${status}`)
      await new Promise((done) => setTimeout(done, 200))
    }
  }
}

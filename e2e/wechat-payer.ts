/** An order as WeChat has it. */
export interface WechatTrade {
  outTradeNo: string
  openid: string
  amountFen: number
  state: 'SUCCESS' | 'USERPAYING' | 'REFUND' | 'REVOKED' | 'PAYERROR'
}

const PROMPT_TIMEOUT_MS = 30_000

/** Somebody's WeChat in the sandbox: signs in, shows codes, answers the password prompt. */
export class WechatPayer {
  readonly #url: string
  readonly #user: string

  constructor(wechatUrl: string, user: string) {
    this.#url = wechatUrl
    this.#user = user
  }

  /**
   * Opens the page that the widget goes to, as the browser does, and lets WeChat say who this is.
   *
   * @returns Where WeChat sends the person back to, with code and state.
   */
  async signIn(authoriseUrl: string, act: 'allow' | 'refuse' = 'allow'): Promise<string> {
    const page = await fetch(authoriseUrl)
    if (page.status !== 200) throw new Error(`WeChat shows no sign-in: ${page.status}`)
    const answer = await fetch(authoriseUrl, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ user: this.#user, act }),
    })
    const location = answer.headers.get('location')
    if (!location) throw new Error(`WeChat sends nobody back: ${answer.status}`)
    return location
  }

  async showCode(): Promise<string> {
    const answer = await fetch(`${this.#url}/phones/${this.#user}/codes`, { method: 'POST' })
    return ((await answer.json()) as { code: string }).code
  }

  async listTrades(): Promise<WechatTrade[]> {
    const answer = await fetch(`${this.#url}/phones/${this.#user}/trades`)
    return answer.json() as Promise<WechatTrade[]>
  }

  /** Waits until WeChat asks for the password, and does as the person would. */
  async answerPrompt(act: 'accept' | 'refuse'): Promise<void> {
    const deadline = Date.now() + PROMPT_TIMEOUT_MS
    for (;;) {
      const waiting = (await this.listTrades()).find(({ state }) => state === 'USERPAYING')
      if (waiting) {
        await fetch(`${this.#url}/phones/${this.#user}/prompts/${waiting.outTradeNo}`, {
          method: 'POST',
          redirect: 'manual',
          body: new URLSearchParams({ act }),
        })
        return
      }
      if (Date.now() > deadline) throw new Error('WeChat asks for no password')
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}

import { WECHAT_AGENT } from './wechat-phone.ts'

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
   * Goes where the widget leads, as one browser does, and lets WeChat say who this is, as often as it is asked.
   *
   * @param from The page that leads there.
   * @returns Where it ends; undefined on a page of the core's.
   */
  async travel(
    start: string,
    from: string,
    act: 'allow' | 'refuse' = 'allow',
  ): Promise<string | undefined> {
    let step = await visit(start, { referer: `${from}/` })
    let { cookie } = step
    while (step.location?.startsWith(`${this.#url}/`)) {
      step = await visit(await this.signIn(step.location, act), { cookie })
      cookie = step.cookie || cookie
    }
    return step.location
  }

  /**
   * Opens WeChat's own page.
   *
   * @returns Where WeChat sends the person back to, with code and state.
   */
  async signIn(authoriseUrl: string, act: 'allow' | 'refuse' = 'allow'): Promise<string> {
    const page = await fetch(authoriseUrl, { headers: { 'user-agent': WECHAT_AGENT } })
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

/** One step of a browser: where it is led, and the cookie that it is given. */
export async function visit(
  url: string,
  headers: Record<string, string>,
): Promise<{ location: string | undefined; cookie: string }> {
  const answer = await fetch(url, { redirect: 'manual', headers })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { location: answer.headers.get('location') ?? undefined, cookie }
}

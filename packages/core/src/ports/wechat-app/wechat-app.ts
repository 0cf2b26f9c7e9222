/** Who has signed in. `used`: begin once more; `snapshot`: WeChat showed a preview, nobody signed in. */
export type WechatSignIn =
  | { openid: string }
  | { failed: 'invalid' | 'used' | 'snapshot' | 'unavailable' }

/** Whose mini-program it is. `too_often`: this person, this minute; `risky`: WeChat holds the person back. */
export type MiniProgramSignIn =
  | { openid: string }
  | { failed: 'invalid' | 'used' | 'too_often' | 'risky' | 'unavailable' }

/** What WeChat gives for a time. */
export type Granted = { value: string; expiresInSeconds: number } | { failed: WechatFailure }

/**
 * - `not_sent` surely never left; `unknown` no answer that says anything; `busy` WeChat says so (-1).
 * - `token_gone` 40001, 40014, 42001: to be fetched anew.
 * - `refused` everything else, with WeChat's number.
 */
export type WechatFailure =
  | { reason: 'not_sent' | 'unknown' | 'busy' | 'token_gone' }
  | { reason: 'refused'; errcode: number }

export interface TemplateMessage {
  openid: string
  templateId: string
  data: Record<string, { value: string }>
  /** Letters and digits: WeChat sends one message for each, within ten minutes. */
  messageId: string
  /** Where a tap leads. */
  url: string | undefined
}

/** The school's service account at WeChat. Nothing throws, and nothing logs what it is given. */
export interface OfficialAccount {
  appId: string
  /** Where a person signs in without being asked anything; parameters stand in WeChat's order. */
  authoriseUrl(redirectUri: string, state: string): string
  findOpenid(code: string): Promise<WechatSignIn>
  /** @param force Ends the token that there is; WeChat allows it twenty times a day, 30 s apart. */
  fetchToken(force?: boolean): Promise<Granted>
  /** What pages are signed with. */
  fetchTicket(token: string): Promise<Granted>
  sendTemplate(token: string, message: TemplateMessage): Promise<'sent' | { failed: WechatFailure }>
  close(): Promise<void>
}

export interface MiniProgram {
  appId: string
  /** @param code Of `wx.login`. */
  findOpenid(code: string): Promise<MiniProgramSignIn>
  close(): Promise<void>
}

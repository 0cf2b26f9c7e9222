const SMS_TIMEOUT_MS = 30_000

export type Service = 'bank' | 'one-card' | 'sms' | 'real-name' | 'utility' | 'wechat'
type Fault =
  | 'none'
  | 'slow'
  | 'silent'
  | 'twice'
  | 'debit_then_drop'
  | 'down'
  | 'decline'
  | 'processing'
  | 'wrong_room'
  | 'callback_lost'
  | 'callback_twice'
  | 'callback_first'
  | 'ask_password'
  | 'system_error'
  | 'late_success'
  | 'mixed_serials'
  | 'wrong_signature'
  | 'snapshot'
  | 'used_code'
  | 'old_code'
  | 'busy'
  | 'bill_drift'

/** A line of the bank's or the one-card system's own journal. */
export interface JournalEntry {
  kind: 'accepted' | 'debited' | 'declined' | 'reversed' | 'refunded'
  reference: string
  account: string
  amountFen: number
}

/** The outside world: what arrives at phones, what the bank has booked, and what goes wrong there. */
export class Sandbox {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** The six digits of the newest SMS to a phone, from the inbox page that people see. */
  async readSms(tail: string): Promise<string> {
    const deadline = Date.now() + SMS_TIMEOUT_MS
    for (;;) {
      const inbox = await (await fetch(`${this.#url}/inbox?tail=${tail}`)).text()
      const code = /验证码 (\d{6})/.exec(inbox)?.[1]
      if (code) return code
      if (Date.now() > deadline) throw new Error(`no SMS came to …${tail}`)
      await new Promise((done) => setTimeout(done, 200))
    }
  }

  async setFault(service: Service, fault: Fault, more: { count?: number; delayMs?: number } = {}) {
    const response = await fetch(`${this.#url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service, fault, ...more }),
    })
    if (!response.ok) throw new Error(`the fault was not set: ${response.status}`)
  }

  async readJournal(service: 'bank' | 'one-card'): Promise<JournalEntry[]> {
    return (await fetch(`${this.#url}/${service}/journal`)).json() as Promise<JournalEntry[]>
  }
}

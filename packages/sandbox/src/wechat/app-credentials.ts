import { randomBytes } from 'node:crypto'

const LIVES_MS = 7_200_000
/** A renewal comes so early, and the one before is good so much longer. */
const OVERLAP_MS = 300_000
const FORCED_APART_MS = 30_000
const FORCED_A_DAY = 20

interface Credential {
  value: string
  endsAt: number
}

/** What an account calls WeChat's API with, and what it signs pages with: both one at a time. */
export function createAppCredentials() {
  let token: Credential | undefined
  let before: Credential | undefined
  let forced: number[] = []
  let ticket: Credential | undefined
  let ticketBefore: Credential | undefined

  function makeToken(): Credential {
    token = { value: randomBytes(96).toString('base64url'), endsAt: Date.now() + LIVES_MS }
    return token
  }

  return {
    /**
     * The same token for whoever asks, until five minutes before its end; then another, and both are good.
     * By force another at once, and the one before is gone: twenty times a day, 30 s apart.
     */
    stableToken(force: boolean): Granted | { errcode: number } {
      const now = Date.now()
      if (force) {
        forced = forced.filter((at) => at > now - 86_400_000)
        if (forced.length >= FORCED_A_DAY) return { errcode: 45009 }
        const [last = 0] = forced.slice(-1)
        if (!token || now >= last + FORCED_APART_MS) {
          forced.push(now)
          before = undefined
          return grant(makeToken())
        }
      }
      if (!token || now >= token.endsAt - OVERLAP_MS) {
        before = token
        makeToken()
      }
      return grant(token as Credential)
    },
    /** Nothing where it is good. */
    refuseToken(value: string | undefined): { errcode: number } | undefined {
      if (!value) return { errcode: 41001 }
      const found = [token, before].find((one) => one?.value === value)
      if (!found) return { errcode: 40001 }
      return Date.now() < found.endsAt ? undefined : { errcode: 42001 }
    },
    jsapiTicket(): Granted {
      if (!ticket || Date.now() >= ticket.endsAt - OVERLAP_MS) {
        ticketBefore = ticket
        const value = `kgt8ON7yVITDhtdwci0qe${randomBytes(48).toString('base64url')}`
        ticket = { value, endsAt: Date.now() + LIVES_MS }
      }
      return grant(ticket)
    },
    /** With which a page may be signed now. */
    goodTickets(): string[] {
      this.jsapiTicket()
      return [ticket, ticketBefore].flatMap((one) =>
        one && Date.now() < one.endsAt ? [one.value] : [],
      )
    },
  }
}
export type AppCredentials = ReturnType<typeof createAppCredentials>

interface Granted {
  value: string
  expiresInSeconds: number
}

function grant({ value, endsAt }: Credential): Granted {
  return { value, expiresInSeconds: Math.floor((endsAt - Date.now()) / 1000) }
}

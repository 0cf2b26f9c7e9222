import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { oncePerKey } from '../ports/wechat-app/call-wechat.ts'
import type { Granted, OfficialAccount, WechatFailure } from '../ports/wechat-app/wechat-app.ts'
import { findToken, lockToken, saveToken, type TokenKind, type TokenRow } from './store.ts'

/** WeChat makes a new one five minutes before the end, and both are good until then. */
const RENEW_SECONDS = 300
/** A token that ends while it is on its way is of no use. */
const USABLE_SECONDS = 10
/** WeChat wants 30 s between two, and twenty a day at most. */
const FORCE_EVERY_SECONDS = 90
/** After a failure nobody asks again so soon, so that a WeChat that hangs holds nobody else. */
const PAUSE_MS = 3_000

type Failed = { failed: WechatFailure }
type Kept = { value: string } | Failed

/**
 * What the service account calls WeChat with, and what pages are signed with: one of each for all processes, in
 * sealed rows. One caller renews while the others wait: in this process for its answer, in others for the row.
 */
export function createWechatTokens(
  { db, keys, now, log }: Pick<Services, 'db' | 'keys' | 'now' | 'log'>,
  account: OfficialAccount,
) {
  const { appId } = account
  const { pool } = db
  let pausedUntilMs = 0

  const contextOf = (kind: TokenKind) => `wechat-tokens/${appId}/${kind}`

  /** What is kept, if it lasts that long and is not what WeChat has just refused. */
  async function open(
    kind: TokenKind,
    row: TokenRow | undefined,
    secondsMin: number,
    gone: string,
  ): Promise<{ value: string } | undefined> {
    if (!row?.sealed || (row.seconds_left ?? 0) <= secondsMin) return undefined
    const value = await keys.open(contextOf(kind), row.sealed)
    return value === gone ? undefined : { value }
  }

  /** @param fetch In work while the row is held. What is still good stays in use where WeChat does not answer. */
  async function renew(
    kind: TokenKind,
    gone: string,
    fetch: (row: TokenRow) => Promise<(Granted | Failed) & { forced?: boolean }>,
  ): Promise<Kept> {
    const known = await open(kind, await findToken(pool, appId, kind), RENEW_SECONDS, gone)
    if (known) return known
    return inTransaction(pool, async (tx) => {
      const row = await lockToken(tx, appId, kind)
      const renewed = await open(kind, row, RENEW_SECONDS, gone)
      if (renewed) return renewed
      const granted: Awaited<ReturnType<typeof fetch>> =
        now() < pausedUntilMs ? { failed: { reason: 'unknown' } } : await fetch(row)
      if ('failed' in granted) {
        const { reason } = granted.failed
        if (reason !== 'token_gone') pausedUntilMs = now() + PAUSE_MS
        // A wrong secret, or an address that is not on the account's list (40164).
        if (granted.failed.reason === 'refused') {
          log.error({ kind, errcode: granted.failed.errcode }, 'alarm: WeChat gives us no token')
        }
        return (await open(kind, row, USABLE_SECONDS, gone)) ?? granted
      }
      const { value, expiresInSeconds: seconds, forced = false } = granted
      const sealed = await keys.seal(contextOf(kind), value)
      await saveToken(tx, appId, kind, { sealed, seconds, forced })
      return { value }
    })
  }

  const getToken = oncePerKey((gone: string) =>
    renew('access_token', gone, async (row) => {
      const granted = await account.fetchToken()
      if (!('value' in granted) || granted.value !== gone) return granted
      // WeChat gives out again what it does not take: only by force is there a new one.
      if ((row.forced_seconds_ago ?? FORCE_EVERY_SECONDS) < FORCE_EVERY_SECONDS) {
        return { failed: { reason: 'token_gone' } }
      }
      return { ...(await account.fetchToken(true)), forced: true }
    }),
  )

  /** Calls WeChat with a token; should that be gone, once more with a new one. */
  async function withToken<T extends object | string>(
    call: (token: string) => Promise<T | Failed>,
  ): Promise<T | Failed> {
    const token = await getToken('')
    if ('failed' in token) return token
    const answer = await call(token.value)
    if (!isGone(answer)) return answer
    const another = await getToken(token.value)
    return 'failed' in another ? another : call(another.value)
  }

  const getTicket = oncePerKey(() =>
    renew('jsapi_ticket', '', () => withToken((token) => account.fetchTicket(token))),
  )
  return { withToken, getTicket: () => getTicket('') }
}
export type WechatTokens = ReturnType<typeof createWechatTokens>

function isGone(answer: object | string): boolean {
  if (typeof answer === 'string' || !('failed' in answer)) return false
  return (answer as Failed).failed.reason === 'token_gone'
}

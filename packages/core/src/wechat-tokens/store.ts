import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** With which our app calls WeChat, and with which pages are signed. */
export type TokenKind = 'access_token' | 'jsapi_ticket'

export interface TokenRow {
  sealed: Buffer | null
  seconds_left: number | null
  forced_seconds_ago: number | null
}

const COLUMNS = `sealed, extract(epoch from expires_at - clock_timestamp())::float8 as seconds_left,
          extract(epoch from clock_timestamp() - forced_at)::float8 as forced_seconds_ago`

const select = prepare<TokenRow>(
  `select ${COLUMNS} from wechat_tokens where app_id = $1 and kind = $2`,
)
export async function findToken(
  on: Queryable,
  appId: string,
  kind: TokenKind,
): Promise<TokenRow | undefined> {
  return (await select(on, [appId, kind]))[0]
}

const insert = prepare(
  `insert into wechat_tokens (app_id, kind) values ($1, $2) on conflict (app_id, kind) do nothing`,
)
const selectForUpdate = prepare<TokenRow>(
  `select ${COLUMNS} from wechat_tokens where app_id = $1 and kind = $2 for update`,
)
/** Whoever holds the row renews what is in it; others wait and find it new. A ticket's is held before a token's. */
export async function lockToken(tx: Tx, appId: string, kind: TokenKind): Promise<TokenRow> {
  await insert(tx, [appId, kind])
  const [row] = await selectForUpdate(tx, [appId, kind])
  if (!row) throw new Error('a row that was just written is gone')
  return row
}

const update = prepare(
  `update wechat_tokens
      set sealed = $3, expires_at = clock_timestamp() + make_interval(secs => $4),
          forced_at = case when $5 then clock_timestamp() else forced_at end
    where app_id = $1 and kind = $2`,
)
export async function saveToken(
  tx: Tx,
  appId: string,
  kind: TokenKind,
  token: { sealed: Uint8Array; seconds: number; forced: boolean },
): Promise<void> {
  await update(tx, [appId, kind, token.sealed, token.seconds, token.forced])
}

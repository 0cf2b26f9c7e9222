import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingPayment } from '@campus-ecode/protocol/incoming'
import type { CoreApp } from '../http/mount-routes.ts'
import type { Services } from '../http/operation.ts'
import {
  answerPublicPage,
  isAddressed,
  type Locale,
  PUBLIC_STYLE,
  readLocale,
} from '../http/public-page.ts'
import { Busy, type TakeTurn } from '../keys/turnstile.ts'
import { findIncomingPage, findLatestIncoming, type IncomingRow } from './store.ts'

const SHOWN_COUNT = 20
const SCRIPT_PATH = '/incoming/incoming.js'
const BUILT = new URL('../incoming-page/incoming.js', import.meta.url)

const words = {
  'zh-CN': {
    title: '收款到账',
    hint: '请核对顾客手机上的金额和单号尾号，并看到走动的时间。截图不算。',
    loading: '正在连接…',
    empty: '还没有收款',
    over: '这个链接已失效，请向卡务中心要新的',
    offline: '连不上网络，下面可能不是最新的',
    noScript: '请在浏览器中启用 JavaScript。',
  },
  en: {
    title: 'Incoming payments',
    hint: 'Check amount and digits against the customer’s phone, and that its clock moves. A screenshot is no proof.',
    loading: 'Connecting…',
    empty: 'Nothing yet',
    over: 'This link is no longer valid; ask the card office for a new one',
    offline: 'No network; this may not be the latest',
    noScript: 'Switch on JavaScript in this browser.',
  },
} as const

const STYLE = `${PUBLIC_STYLE}
#clock{color:var(--text-2);font-size:14px;margin:0 0 14px}
#state{min-height:24px;margin:0 0 8px;color:var(--text-2)}
#state.offline,#state.over{color:var(--text);font-weight:600}
#list{list-style:none;margin:0;padding:0}
#list li{display:grid;grid-template-columns:1fr auto;align-items:baseline;padding:10px 0;border-bottom:1px solid var(--line)}
#list .amount{font-size:26px;font-weight:700;line-height:1.3}
#list .tail{font:700 22px/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.04em}
#list .who{grid-row:2;color:var(--text-2);font-size:14px}
#list .new .amount{color:var(--good)}`

/**
 * What a merchant's collection codes take, live, on a phone of the staff when the till has no power (R24).
 * The link is the right to look: its token stands in the fragment, which no server is sent, and is kept
 * hashed. The page asks every second or so.
 */
export function mountIncomingPage(
  app: CoreApp,
  services: Services,
  origin: string,
  takeTurn: TakeTurn,
): void {
  app.get('/incoming', (c) =>
    answerPublicPage(c, services.newId(), 200, renderIncoming(readLocale(c.env.incoming))),
  )
  // Built beside this program.
  let script: Promise<Uint8Array<ArrayBuffer>> | undefined
  app.get(SCRIPT_PATH, async (c) => {
    script ??= readFile(BUILT).then((bytes) => new Uint8Array(bytes))
    return c.body(await script, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })
  app.get('/incoming/payments', async (c) => {
    const requestId = services.newId()
    const { incoming } = c.env
    const headers = {
      'cache-control': 'no-store',
      'ecode-request-id': requestId,
      'x-content-type-options': 'nosniff',
    }
    try {
      const [, token] = /^Bearer ([\w-]{43})$/.exec(incoming.headers.authorization ?? '') ?? []
      const shown =
        token && isAddressed(incoming, origin)
          ? await takeTurn(() => showPayments(services, token))
          : undefined
      return shown ? c.json(shown, 200, headers) : c.json({}, 401, headers)
    } catch (error) {
      if (!(error instanceof Busy)) {
        services.log.error({ error, route: 'incoming-page', requestId }, 'a call failed')
      }
      return c.json({}, 503, headers)
    }
  })
}

/** What a token of a page's is kept as. */
export function hashPageToken(token: string): Uint8Array {
  return createHash('sha256').update(`incoming-page ${token}`).digest()
}

async function showPayments({ db, now }: Services, token: string) {
  const page = await findIncomingPage(db.pool, hashPageToken(token))
  if (!page) return undefined
  const { school_id: schoolId, merchant_id: merchantId, merchant_name: merchantName } = page
  const rows = await findLatestIncoming(db.pool, schoolId, merchantId, SHOWN_COUNT)
  return { merchantName, now: new Date(now()).toISOString(), payments: rows.map(toIncoming) }
}

function toIncoming(row: IncomingRow): IncomingPayment {
  return {
    tail: row.payment_id.slice(-6),
    amountFen: row.amount_fen,
    maskedName: row.masked_name,
    paidAt: row.paid_at.toISOString(),
  }
}

function renderIncoming(locale: Locale) {
  const t = words[locale]
  const said = ['loading', 'empty', 'over', 'offline'] as const
  const data = said.map((name) => ` data-${name}="${t[name]}"`).join('')
  const main = `<h1 id="merchant">${t.title}</h1><p id="clock"></p><p class="soft">${t.hint}</p>
<p id="state" role="status"${data}>${t.loading}</p><ol id="list" aria-live="polite"></ol>
<noscript><p>${t.noScript}</p></noscript>`
  return { locale, title: t.title, style: STYLE, main, scriptPath: SCRIPT_PATH }
}

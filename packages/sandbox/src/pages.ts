import { Hono } from 'hono'
import { html } from 'hono/html'
import type { HandledCall } from './answer-call.ts'
import type { CheckEntry } from './bank-gateway/check-book.ts'
import type { JournalEntry } from './external-account/book-state.ts'
import { type Faults, faultMeanings, listFaults, serviceSchema, setFaultSchema } from './faults.ts'
import type { Journal } from './journal.ts'
import type { FaceEntry } from './real-name/face-book.ts'
import { limitBody } from './signed-calls.ts'
import type { Message } from './sms/routes.ts'
import type { UtilityEntry } from './utility/top-up-book.ts'
import type { TemplateMessage } from './wechat/template-messages.ts'
import type { TradeEntry } from './wechat/trade-book.ts'

interface Records<T> {
  /** What has happened, for ever. */
  journal: Journal<T>
  /** What was acted on since the start. */
  calls: readonly HandledCall[]
}

/** What staff and tests see of the outside world: inbox, faults, journals, calls. */
export function createPages({
  bank,
  oneCard,
  sms,
  realName,
  utility,
  wechat,
  wechatMessages,
  faults,
}: {
  bank: Records<JournalEntry> & { cardChecks: Journal<CheckEntry> }
  oneCard: Records<JournalEntry>
  sms: Records<Message>
  realName: Records<FaceEntry>
  utility: Records<UtilityEntry>
  wechat: Records<TradeEntry>
  wechatMessages: Journal<TemplateMessage>
  faults: Faults
}): Hono {
  const pages = new Hono()
  pages.get('/healthz', (c) => c.json({ ok: true }))
  pages.get('/readyz', (c) => c.json({ ok: true }))
  pages.get('/', (c) => c.redirect('/inbox'))
  pages.get('/inbox.json', (c) => c.json(findNewest(sms.journal.entries, '')))
  pages.get('/bank/journal', (c) => c.json(bank.journal.entries))
  pages.get('/bank/card-checks', (c) => c.json(bank.cardChecks.entries))
  pages.get('/bank/calls', (c) => c.json(bank.calls))
  pages.get('/one-card/journal', (c) => c.json(oneCard.journal.entries))
  pages.get('/one-card/calls', (c) => c.json(oneCard.calls))
  pages.get('/wechat/journal', (c) => c.json(wechat.journal.entries))
  pages.get('/wechat/calls', (c) => c.json(wechat.calls))
  pages.get('/wechat/messages', (c) => c.json(wechatMessages.entries))
  pages.get('/sms/calls', (c) => c.json(sms.calls))
  pages.get('/real-name/journal', (c) => c.json(realName.journal.entries))
  pages.get('/real-name/calls', (c) => c.json(realName.calls))
  pages.get('/utility/journal', (c) => c.json(utility.journal.entries))
  pages.get('/utility/calls', (c) => c.json(utility.calls))

  pages.get('/inbox', (c) => {
    const tail = c.req.query('tail') ?? ''
    const items = findNewest(sms.journal.entries, tail).map(
      ({ at, phone, text }) =>
        html`<li><a href="/inbox?tail=${encodeURIComponent(phone.slice(-4))}"><b>${phone}</b></a> <time>${new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai' })}</time><p>${text}</p></li>`,
    )
    // A filter is a link, not a field: the page refreshes itself, which a field would not survive.
    const shown = tail
      ? html`<p>尾号 ${tail} 的短信 · to …${tail} — <a href="/inbox">全部 All</a></p>`
      : html`<p>点手机号只看这一部 · Choose a number to see its messages only.</p>`
    const list = items.length > 0 ? items : html`<li>还没有短信。No messages yet.</li>`
    return c.html(page('短信收件箱 · SMS inbox', html`${shown}<ul>${list}</ul>`, 3))
  })

  pages.get('/faults', (c) => {
    const forms = serviceSchema.options.map((service) => {
      const now = faults.get(service).fault
      const buttons = listFaults(service).map(
        (fault) =>
          html`<button name="fault" value="${fault}" aria-pressed="${String(fault === now)}">${fault}</button> `,
      )
      return html`<form method="post"><h2>${service}</h2><input type="hidden" name="service" value="${service}">${buttons}</form>`
    })
    const meanings = Object.entries(faultMeanings).map(
      ([fault, meaning]) => html`<dt>${fault}</dt><dd>${meaning}</dd>`,
    )
    return c.html(page('故障开关 · Faults', html`${forms}<dl>${meanings}</dl>`))
  })

  pages.post('/faults', limitBody, async (c) => {
    const json = c.req.header('content-type')?.startsWith('application/json')
    const content = json ? await c.req.json().catch(() => undefined) : await c.req.parseBody()
    const wanted = setFaultSchema.safeParse(content)
    if (!wanted.success) {
      const message = wanted.error.issues.map((issue) => issue.message).join('; ')
      return c.json({ error: 'BAD_REQUEST', message }, 400)
    }
    await faults.set(wanted.data)
    return json ? c.json(faults.get(wanted.data.service)) : c.redirect('/faults', 303)
  })
  return pages
}

function findNewest(messages: readonly Message[], tail: string): Message[] {
  return messages
    .filter(({ phone }) => phone.endsWith(tail))
    .slice(-200)
    .reverse()
}

function page(title: string, content: unknown, refreshSeconds?: number) {
  return html`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${refreshSeconds ? html`<meta http-equiv="refresh" content="${refreshSeconds}">` : ''}
    <style>
      :root { color-scheme: light dark }
      body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
      ul { list-style: none; padding: 0 } li { border: 1px solid #8884; border-radius: 12px; padding: .75rem 1rem; margin: .75rem 0 }
      li p { margin: .25rem 0 0 } time { opacity: .65; font-size: .85em } dt { font-weight: 600 }
      button { font: inherit; padding: .3rem .8rem; margin: .15rem 0; border: 1px solid #8886; border-radius: 8px; background: none; color: inherit }
      button[aria-pressed=true] { background: #1d4ed8; color: #fff }
    </style></head><body><h1>${title}</h1><nav><a href="/inbox">短信 Inbox</a> · <a href="/faults">故障 Faults</a> ·
    银行 Bank: <a href="/bank/journal">流水 journal</a>, <a href="/bank/card-checks">核卡 card checks</a>, <a href="/bank/calls">调用 calls</a> ·
    一卡通 One-card: <a href="/one-card/journal">流水 journal</a>, <a href="/one-card/calls">调用 calls</a> ·
    实名 Real name: <a href="/real-name/journal">流水 journal</a>, <a href="/real-name/calls">调用 calls</a> ·
    微信 WeChat: <a href="/wechat/journal">流水 journal</a>, <a href="/wechat/messages">模板消息 messages</a>, <a href="/wechat/calls">调用 calls</a> ·
    水电网 Utility: <a href="/utility/journal">流水 journal</a>, <a href="/utility/calls">调用 calls</a></nav>${content}</body></html>`
}

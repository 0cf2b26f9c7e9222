import { Hono } from 'hono'
import { html } from 'hono/html'
import type { JournalEntry } from './external-account/account-book.ts'
import { type Faults, faultSchema, serviceSchema, setFaultSchema } from './faults.ts'
import type { Journal } from './journal.ts'
import type { Message } from './sms/routes.ts'

/** What staff and tests see of the outside world: inbox, faults, journals. */
export function createPages({
  inbox,
  bank,
  oneCard,
  faults,
}: {
  inbox: Journal<Message>
  bank: Journal<JournalEntry>
  oneCard: Journal<JournalEntry>
  faults: Faults
}): Hono {
  const pages = new Hono()
  pages.get('/healthz', (c) => c.json({ ok: true }))
  pages.get('/readyz', (c) => c.json({ ok: true }))
  pages.get('/', (c) => c.redirect('/inbox'))
  pages.get('/inbox.json', (c) => c.json(newestFirst(inbox.entries)))
  pages.get('/bank/journal', (c) => c.json(bank.entries))
  pages.get('/one-card/journal', (c) => c.json(oneCard.entries))

  pages.get('/inbox', (c) => {
    const tail = c.req.query('tail') ?? ''
    const messages = newestFirst(inbox.entries).filter(({ phone }) => phone.endsWith(tail))
    const items = messages.map(
      ({ at, phone, text }) =>
        html`<li><b>${phone}</b> <time>${new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai' })}</time><p>${text}</p></li>`,
    )
    return c.html(
      page(
        '短信收件箱 · SMS inbox',
        html`<form><label>手机尾号 Phone ends with <input name="tail" value="${tail}" inputmode="numeric" size="6"></label>
          <button>筛选 Filter</button></form>
          <ul>${items.length > 0 ? items : html`<li>还没有短信。No messages yet.</li>`}</ul>`,
        3,
      ),
    )
  })

  pages.get('/faults', (c) => {
    const rows = serviceSchema.options.map((service) => {
      const now = faults.get(service).fault
      const buttons = faultSchema.options.map(
        (fault) =>
          html`<button name="fault" value="${fault}" aria-pressed="${String(fault === now)}">${fault}</button> `,
      )
      return html`<form method="post"><h2>${service}</h2><input type="hidden" name="service" value="${service}">${buttons}</form>`
    })
    return c.html(page('故障开关 · Faults', rows))
  })

  pages.post('/faults', async (c) => {
    const json = c.req.header('content-type')?.startsWith('application/json')
    const content = json ? await c.req.json().catch(() => undefined) : await c.req.parseBody()
    const wanted = setFaultSchema.safeParse(content)
    if (!wanted.success) return c.json({ error: 'BAD_REQUEST' }, 400)
    await faults.set(wanted.data)
    return json ? c.json(faults.get(wanted.data.service)) : c.redirect('/faults', 303)
  })
  return pages
}

function newestFirst<T>(entries: readonly T[]): T[] {
  return entries.slice(-200).reverse()
}

function page(title: string, content: unknown, refreshSeconds?: number) {
  return html`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${refreshSeconds ? html`<meta http-equiv="refresh" content="${refreshSeconds}">` : ''}
    <style>
      :root { color-scheme: light dark }
      body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
      ul { list-style: none; padding: 0 } li { border: 1px solid #8884; border-radius: 12px; padding: .75rem 1rem; margin: .75rem 0 }
      li p { margin: .25rem 0 0 } time { opacity: .65; font-size: .85em }
      button { font: inherit; padding: .3rem .8rem; margin: .15rem 0; border: 1px solid #8886; border-radius: 8px; background: none; color: inherit }
      button[aria-pressed=true] { background: #1d4ed8; color: #fff }
    </style></head><body><h1>${title}</h1><nav><a href="/inbox">短信 Inbox</a> · <a href="/faults">故障 Faults</a> ·
    <a href="/bank/journal">银行流水 Bank journal</a> · <a href="/one-card/journal">一卡通流水 One-card journal</a></nav>${content}</body></html>`
}

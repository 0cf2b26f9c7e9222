import { html } from 'hono/html'
import type { MenuEntry } from './phone-app.ts'
import type { TemplateMessage } from './template-messages.ts'
import type { Trade } from './trade-book.ts'

const yuan = (fen: number) => `¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

const states: Record<Trade['state'], string> = {
  SUCCESS: '已支付 Paid',
  USERPAYING: '等待输入密码 Password awaited',
  REFUND: '已退款 Refunded',
  REVOKED: '已撤销 Revoked',
  PAYERROR: '已取消 Cancelled',
}

export interface PhoneView {
  user: string
  code: string
  trades: Trade[]
  messages: TemplateMessage[]
  follows: boolean
  menu: MenuEntry[]
}

/** Somebody's WeChat: the payment code, what waits for the password, the school's account, what was paid. */
export function renderPhone({ user, code, trades, messages, follows, menu }: PhoneView) {
  const waiting = trades.filter(({ state }) => state === 'USERPAYING')
  const prompts = waiting.map(
    (trade) => html`<form method="post" action="/phones/${user}/prompts/${trade.outTradeNo}">
      <h2>${yuan(trade.amountFen)}</h2><p>${trade.description}</p>
      <button name="act" value="accept">输入密码并支付 Enter the password and pay</button>
      <button name="act" value="refuse" class="quiet">取消 Cancel</button></form>`,
  )
  const paid = trades
    .toReversed()
    .map(
      (trade) =>
        html`<li><b>${yuan(trade.amountFen)}</b> ${trade.description} <small>${states[trade.state]}</small></li>`,
    )
  return page(
    `${user} 的微信`,
    html`<h1>${user} 的微信 <small>WeChat of ${user}</small></h1>
      ${prompts}
      <section><h2>付款码 <small>Payment code</small></h2>
      <p>向收银员出示，一分钟内有效，只能用一次 · Good for a minute, and once</p>
      <output>${code}</output><p><a href="/phones/${user}">换一个 Another</a></p></section>
      <section class="account"><h2>公众号：校园卡 <small>The school's official account</small></h2>
      ${messages.toReversed().map(renderMessage)}
      ${messages.length > 0 ? '' : html`<p>还没有消息 · No messages yet</p>`}
      <nav>${menu.map(({ label, url }) => html`<a href="${url}">${label}</a>`)}</nav>
      ${menu.length > 0 ? html`<p>菜单里的页面要在微信里打开：<code>npm run wechat</code> · Its pages open in WeChat</p>` : ''}
      <form method="post" action="/phones/${user}/follow" class="plain">
      ${
        follows
          ? html`<button name="act" value="leave" class="quiet">取消关注 Unfollow</button>`
          : html`<button name="act" value="follow">关注公众号 Follow</button>`
      }</form></section>
      <section><h2>账单 <small>Paid</small></h2><ul>${paid}</ul></section>`,
  )
}

/** Whose phone is it? */
export function renderPhoneChoice() {
  return page(
    '微信',
    html`<h1>谁的微信 <small>Whose WeChat</small></h1>
      <p>写一个名字（小写字母和数字）；同一个名字总是同一个人。<br>Write a name; the same one is always the same person.</p>
      <form method="post" action="/phones">${nameField}
      <button>打开 Open</button></form>`,
  )
}

function renderMessage({ title, lines, url, at }: TemplateMessage) {
  const rows = lines.map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>`)
  const time = new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai' })
  return html`<article><h3>${title}</h3><time>${time}</time><dl>${rows}</dl>
    ${url === null ? '' : html`<a href="${url}">查看详情 Details</a>`}</article>`
}

const nameField = html`<input name="user" value="linxia" pattern="[a-z0-9]{1,32}" required aria-label="名字 Name" autocapitalize="off">`

/** "Who are you?", which a real WeChat knows and does not ask. */
export function renderSignIn(query: string) {
  return page(
    '微信网页授权 · WeChat sign-in',
    html`<h1>微信网页授权 <small>WeChat sign-in</small></h1>
      <p>真的微信知道是谁，什么都不问。在沙箱里写一个名字（小写字母和数字）。<br>
      A real WeChat knows who holds it and asks nothing. Here, write a name.</p>
      <form method="post" action="/connect/oauth2/authorize?${query}">
      ${nameField}
      <button name="act" value="allow">用这个微信登录 Sign in</button>
      <button name="act" value="refuse" class="quiet" formnovalidate>取消 Cancel</button></form>`,
  )
}

/** What WeChat's page says in any other browser. */
export function renderElsewhere() {
  return page(
    '请在微信客户端打开链接',
    html`<h1>请在微信客户端打开链接 <small>Open this link in WeChat</small></h1>
      <p>真的微信只在自己里面打开这一页。沙箱里用 <code>npm run wechat</code>，或让浏览器自称 MicroMessenger。<br>
      WeChat opens this page inside itself alone. Here, use that command, or a browser that calls itself MicroMessenger.</p>`,
  )
}

export function renderWrong(code: number, text: string) {
  return page('出错了', html`<h1>${code}</h1><p>${text}</p>`)
}

function page(title: string, content: unknown) {
  return html`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>
      :root { color-scheme: light dark; --green: #07833f } * { min-width: 0 }
      body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 28rem; margin: 0 auto; padding: 1.5rem 1rem }
      h1 { font-size: 1.4rem } h1 small { display: block; font-weight: 400; font-size: .9rem; opacity: .7 }
      output { display: block; font: 600 1.3rem/2.6 ui-monospace, monospace; text-align: center; border: 1px solid #8886; border-radius: 12px }
      form { border: 1px solid var(--green); border-radius: 12px; padding: .5rem 1rem 1rem; margin: 1rem 0 }
      button, input { display: block; box-sizing: border-box; width: 100%; min-height: 46px; margin-top: .6rem; font: inherit; border-radius: 10px; border: 1px solid #8888; padding: 0 .8rem }
      button { background: var(--green); color: #fff; border-color: var(--green); cursor: pointer } button.quiet { background: none; color: inherit; border-color: #8888 }
      h2 { font-size: 1.1rem } h2 small { font-weight: 400; opacity: .7 } section { margin: 2rem 0 }
      article { border: 1px solid #8884; border-radius: 12px; padding: .75rem 1rem; margin: .75rem 0 } h3, article time { margin: 0; font-size: 1rem } article time { opacity: .7; font-size: .85rem }
      dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem } dt { opacity: .75 } dd { margin: 0 }
      nav { display: flex; border: 1px solid #8884; border-radius: 12px; overflow: hidden } nav a { flex: 1; padding: .7rem .3rem; text-align: center; border-left: 1px solid #8884; text-decoration: none; color: inherit } nav a:first-child { border: 0 }
      form.plain { border: 0; padding: 0 }
      ul { list-style: none; padding: 0 } li { border-top: 1px solid #8884; padding: .5rem 0 } small { opacity: .75 }
    </style></head><body>${content}</body></html>`
}

import { html } from 'hono/html'
import type { Trade } from './trade-book.ts'

const yuan = (fen: number) => `¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

const states: Record<Trade['state'], string> = {
  SUCCESS: '已支付 Paid',
  USERPAYING: '等待输入密码 Password awaited',
  REFUND: '已退款 Refunded',
  REVOKED: '已撤销 Revoked',
  PAYERROR: '已取消 Cancelled',
}

/** Somebody's WeChat: the payment code, what waits for the password, what was paid. */
export function renderPhone(user: string, code: string, trades: Trade[]) {
  const waiting = trades.filter(({ state }) => state === 'USERPAYING')
  const prompts = waiting.map(
    (trade) => html`<form method="post" action="/phones/${user}/prompts/${trade.outTradeNo}">
      <h2>${yuan(trade.amountFen)}</h2><p>${trade.description}</p>
      <button name="act" value="accept">输入密码并支付 Enter the password and pay</button>
      <button name="act" value="refuse" class="quiet">取消 Cancel</button></form>`,
  )
  const lines = trades
    .toReversed()
    .map(
      (trade) =>
        html`<li><b>${yuan(trade.amountFen)}</b> ${trade.description} <small>${states[trade.state]}</small></li>`,
    )
  return page(
    `${user} 的微信`,
    html`<h1>${user} 的微信 <small>WeChat of ${user}</small></h1>
      ${prompts}
      <section><p>向收银员出示付款码，一分钟内有效，只能用一次 · The payment code: good for a minute, and once</p>
      <output>${code}</output><p><a href="/phones/${user}">换一个 Another</a></p></section>
      <ul>${lines}</ul>`,
  )
}

/** "Who are you?", which a real WeChat knows and does not ask. */
export function renderSignIn(query: string) {
  return page(
    '微信网页授权 · WeChat sign-in',
    html`<h1>微信网页授权 <small>WeChat sign-in</small></h1>
      <p>真的微信知道是谁，什么都不问。在沙箱里写一个名字（小写字母和数字）。<br>
      A real WeChat knows who holds it and asks nothing. Here, write a name.</p>
      <form method="post" action="/connect/oauth2/authorize?${query}">
      <input name="user" value="linxia" pattern="[a-z0-9]{1,32}" required aria-label="名字 Name" autocapitalize="off">
      <button name="act" value="allow">用这个微信登录 Sign in</button>
      <button name="act" value="refuse" class="quiet" formnovalidate>取消 Cancel</button></form>`,
  )
}

export function renderWrong(code: number, text: string) {
  return page('出错了', html`<h1>${code}</h1><p>${text}</p>`)
}

function page(title: string, content: unknown) {
  return html`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>
      :root { color-scheme: light dark; --green: #07833f }
      body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 28rem; margin: 0 auto; padding: 1.5rem 1rem }
      h1 { font-size: 1.4rem } h1 small { display: block; font-weight: 400; font-size: .9rem; opacity: .7 }
      output { display: block; font: 600 1.5rem/2.4 ui-monospace, monospace; letter-spacing: .06em; text-align: center; border: 1px solid #8886; border-radius: 12px }
      form { border: 1px solid var(--green); border-radius: 12px; padding: .5rem 1rem 1rem; margin: 1rem 0 }
      button, input { display: block; box-sizing: border-box; width: 100%; min-height: 46px; margin-top: .6rem; font: inherit; border-radius: 10px; border: 1px solid #8888; padding: 0 .8rem }
      button { background: var(--green); color: #fff; border-color: var(--green); cursor: pointer } button.quiet { background: none; color: inherit; border-color: #8888 }
      ul { list-style: none; padding: 0 } li { border-top: 1px solid #8884; padding: .5rem 0 } small { opacity: .75 }
    </style></head><body>${content}</body></html>`
}

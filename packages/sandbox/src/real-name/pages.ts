import type { FaceCheck } from '@campus-ecode/protocol/real-name-port'
import { html } from 'hono/html'
import type { FaceState } from './face-book.ts'

const words = {
  'zh-CN': {
    title: '刷脸核验',
    who: '沙箱实名核验机构',
    look: '请正对镜头，眨眨眼',
    sandbox: '这里没有真的摄像头。选一个结果，会告诉校园卡系统，再带你回去。',
    pass: '是本人，通过',
    fail: '没认出来，不通过',
    leave: '走开，等到超时',
    back: '返回校园卡',
    other: 'English',
    PASSED: '核验通过',
    FAILED: '没有通过核验',
    EXPIRED: '核验已超时',
    unknown: '没有这次核验',
    unknownText: '请回到校园卡，重新开始。',
  },
  en: {
    title: 'Face check',
    who: 'Sandbox identity provider',
    look: 'Look into the camera and blink',
    sandbox:
      'There is no real camera here. Choose a result; the campus card is told, and you are taken back.',
    pass: 'It is me: pass',
    fail: 'Not recognised: fail',
    leave: 'Walk away: time out',
    back: 'Back to the campus card',
    other: '中文',
    PASSED: 'You have passed',
    FAILED: 'You have not passed',
    EXPIRED: 'The time is up',
    unknown: 'There is no such check',
    unknownText: 'Go back to the campus card and start again.',
  },
} as const
export type Locale = keyof typeof words

/** "Look into the camera", or how it ended. */
export function renderCheck({ result, returnTo }: FaceState, locale: Locale) {
  const t = words[locale]
  if (result !== 'PENDING') {
    return page(
      locale,
      result,
      html`<h1>${t[result]}</h1>
        <a class="button" href="${returnTo}">${t.back}</a>`,
    )
  }
  return page(
    locale,
    result,
    html`<h1>${t.look}</h1>
      <p>${t.sandbox}</p>
      <form method="post">
        <button name="act" value="pass">${t.pass}</button>
        <button name="act" value="fail" class="quiet">${t.fail}</button>
        <button name="act" value="leave" class="quiet">${t.leave}</button>
      </form>`,
  )
}

export function renderUnknown(locale: Locale) {
  const t = words[locale]
  return page(locale, 'FAILED', html`<h1>${t.unknown}</h1><p>${t.unknownText}</p>`)
}

const marks: Record<FaceCheck['result'], string> = {
  PENDING: 'M65 34a14.5 14.5 0 1 1-.1 29 14.5 14.5 0 0 1 .1-29zM35 101c0-14 13-23 30-23s30 9 30 23',
  PASSED: 'M44 66l14 14 28-30',
  FAILED: 'M50 50l30 30M80 50L50 80',
  EXPIRED: 'M65 42v25l15 10',
}

function page(locale: Locale, result: FaceCheck['result'], content: unknown) {
  const t = words[locale]
  const other = locale === 'en' ? 'zh-CN' : 'en'
  return html`<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${t.title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <style>
      :root { color-scheme: light dark; --ink: #14213d; --paper: #fff; --soft: #5a6478; --line: #ccd3df; --accent: #0f6b5c; --on: #fff }
      @media (prefers-color-scheme: dark) { :root { --ink: #eef2f8; --paper: #10161f; --soft: #a8b3c5; --line: #344052; --accent: #4fd1b8; --on: #06231d } }
      * { box-sizing: border-box }
      body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
        font: 16px/1.6 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif }
      header { display: flex; justify-content: space-between; padding: 14px 20px; font-size: 14px; color: var(--soft) }
      a { color: var(--accent) }
      main { flex: 1; width: 100%; max-width: 26rem; margin: 0 auto; padding: 12px 24px 32px; text-align: center }
      svg { width: 190px; height: 190px; margin: 12px auto 4px; display: block; fill: none; stroke: var(--accent); stroke-width: 4; stroke-linecap: round; stroke-linejoin: round }
      .ring { stroke: var(--line) } .sweep { stroke-dasharray: 110 250; transform-origin: 65px 65px; animation: turn 2.4s linear infinite }
      @keyframes turn { to { transform: rotate(360deg) } }
      @media (prefers-reduced-motion: reduce) { .sweep { animation: none } }
      h1 { font-size: 22px; line-height: 1.35; margin: 12px 0 8px } p { margin: 0; color: var(--soft); font-size: 15px }
      form { margin-top: 28px } button, .button { display: block; width: 100%; min-height: 48px; margin-top: 12px; padding: 10px 16px; font: inherit; font-weight: 600;
        line-height: 26px; text-decoration: none; border: 1px solid var(--accent); border-radius: 14px; background: var(--accent); color: var(--on); cursor: pointer }
      .button { margin-top: 28px } button.quiet { background: none; color: var(--ink); border-color: var(--line); font-weight: 400 }
      button:focus-visible, a:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
    </style></head><body>
    <header><span>${t.who}</span><a href="?lang=${other}" lang="${other}">${t.other}</a></header>
    <main><svg viewBox="0 0 130 130" aria-hidden="true"><circle class="ring" cx="65" cy="65" r="57" />${
      result === 'PENDING' ? html`<circle class="sweep" cx="65" cy="65" r="57" />` : ''
    }<path d="${marks[result]}" /></svg>${content}</main></body></html>`
}

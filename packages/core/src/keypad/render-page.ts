import type { KeypadPage } from '@campus-ecode/protocol/keypad'
import { escapeHtml, type Locale } from '../http/public-page.ts'
import type { PageAssets } from './page-assets.ts'

/** How the page is to look; the phone's own way unless the widget says otherwise. */
export interface Look {
  locale: Locale
  scheme?: 'light' | 'dark'
}

const words = {
  'zh-CN': {
    title: '支付密码',
    noScript: '请在浏览器中启用 JavaScript 后返回重试。',
    over: '这个页面已失效',
    goBack: '请返回上一页重试。',
    trouble: '暂时打不开，请返回稍后再试。',
  },
  en: {
    title: 'Payment password',
    noScript: 'Switch on JavaScript in this browser, then go back and try again.',
    over: 'This page is no longer valid',
    goBack: 'Please go back and try again.',
    trouble: 'It cannot be opened right now. Please go back and try again later.',
  },
} as const

/** The keypad page; all it knows stands in one attribute, because its policy allows no inline script. */
export function renderPage(look: Look, { script, style }: PageAssets, page: KeypadPage): string {
  const t = words[look.locale]
  return `${head(look, style.path, t.title, ` data-page="${escapeHtml(JSON.stringify(page))}"`)}
<script src="${script.path}" defer></script>
</head>
<body><noscript><main class="plain"><h1>${t.title}</h1><p>${t.noScript}</p></main></noscript></body>
</html>
`
}

/** For whoever comes with a ticket that is used or too old, or at a bad moment; the widget is told. */
export function renderNotice(
  look: Look,
  { script, style }: PageAssets,
  reason: 'expired' | 'unavailable',
): string {
  const t = words[look.locale]
  const text = reason === 'expired' ? t.goBack : t.trouble
  const heading = reason === 'expired' ? t.over : t.title
  return `${head(look, style.path, heading, ` data-notice="${reason}"`)}
<script src="${script.path}" defer></script>
</head>
<body><main class="plain"><h1>${heading}</h1><p>${text}</p></main></body>
</html>
`
}

const head = ({ locale, scheme }: Look, style: string, title: string, more = '') => `<!doctype html>
<html lang="${locale}"${scheme ? ` data-scheme="${scheme}"` : ''}${more}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${style}">`

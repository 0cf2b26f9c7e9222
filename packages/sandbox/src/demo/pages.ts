import type { Demo } from '@campus-ecode/protocol/demo'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { html } from 'hono/html'
import type { DemoConfig } from './config.ts'
import { type BindableCard, personNotes, readBindableCards } from './person-notes.ts'

type Person = Demo['people'][number]

const classNames: Record<PersonClass, string> = {
  student: '学生',
  teacher: '教师',
  external: '校外',
  visitor: '访客',
}

/** The phone beside the till, and who holds the phone. */
export function renderHome(demo: Demo, config: DemoConfig) {
  const { posUrl } = config
  const [first] = demo.people
  return layout({
    title: '校园e码通 · 演示',
    styles: '/home.css',
    body: html`
      <header class="top">
        <svg viewBox="0 0 32 32" aria-hidden="true"><use href="/favicon.svg#mark" /></svg>
        <h1>校园e码通 <small lang="en">Campus e-Code, a demo</small></h1>
        <nav aria-label="一起运行的 Running as well">
          ${listPlaces(demo, config).map(
            ([url, zh, en]) =>
              html`<a href="${url}" target="_blank" rel="noopener">${zh} <small lang="en">${en}</small></a>`,
          )}
        </nav>
      </header>
      <main class="scene">
        <form id="settings" class="settings" autocomplete="off">
          <fieldset class="people">
            <legend>谁的手机 <small lang="en">Whose phone</small></legend>
            ${demo.people.map(
              (person, index) => html`
                <label>
                  <input type="radio" name="person" value="${person.id}" ${index === 0 ? 'checked' : ''} />
                  <span class="who">
                    <b>${person.name}</b> <i>${classNames[person.class]}</i>
                    ${renderNote(person)}
                  </span>
                </label>
                ${renderCards(person)}
              `,
            )}
          </fieldset>
          ${renderSwitch('screen', '页面', 'Screen', [
            ['', '全部', 'All'],
            ['pay', '付款', 'Pay'],
            ['card', '卡', 'Card'],
            ['access', '通行', 'Access'],
            ['wallet', '钱包', 'Wallet'],
          ])}
          ${renderSwitch('scheme', '外观', 'Appearance', [
            ['auto', '自动', 'Auto'],
            ['light', '浅色', 'Light'],
            ['dark', '深色', 'Dark'],
          ])}
          ${renderSwitch('locale', '语言', 'Language', [
            ['zh-CN', '中文', ''],
            ['en', 'English', ''],
          ])}
          ${renderSwitch('care', '字号', 'Type size', [
            ['', '标准', 'Standard'],
            ['1', '关怀', 'Large'],
          ])}
        </form>
        <section class="phone" aria-label="手机 Phone">
          <iframe
            id="phone"
            title="手机：校园卡 Phone: campus card"
            src="/phone?person=${first?.id ?? ''}"
            allow="clipboard-write; screen-wake-lock"
          ></iframe>
        </section>
        <section class="hand">
          <button id="scan" type="button" disabled>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M3 12h18" /></svg>
            <span>扫手机 <small lang="en">Scan this phone</small></span>
          </button>
          <p id="scan-status" role="status"></p>
        </section>
        <section class="till" aria-label="收银机 POS">
          <iframe
            id="pos"
            title="收银机 POS"
            src="${posUrl}/"
            data-origin="${posUrl}"
            allow="camera; clipboard-read"
          ></iframe>
        </section>
      </main>
      <footer>
        先在收银机输入金额，再按「扫手机」。
        <span lang="en">Key in an amount on the till, then scan the phone. Real cameras, scanners and screenshots work too.</span>
        <span>小程序：用微信开发者工具打开 <code>examples/mini-program</code>。公众号：<code>npm run wechat</code>。</span>
      </footer>
      <script src="/home.js" defer></script>
    `,
  })
}

/** What `npm start` runs besides, for people to open. */
function listPlaces({ school }: Demo, config: DemoConfig): [url: string, zh: string, en: string][] {
  const { bffUrl, sandboxUrl, gateUrl, orderingUrl, showerUrl, wechatUrl } = config
  return [
    ['/playground', '试验台', 'Playground'],
    [`${gateUrl}/`, '门禁', 'Gate'],
    [`${orderingUrl}/`, '订餐', 'Ordering'],
    [`${showerUrl}/`, '洗浴', 'Shower'],
    [`${wechatUrl}/phones/linxia`, '微信', 'WeChat'],
    [`${bffUrl}/h5/${school.id}`, '独立页面', 'Hosted page'],
    ['/office', '管理台', 'Console'],
    [`${sandboxUrl}/inbox`, '短信', 'SMS inbox'],
    [`${sandboxUrl}/faults`, '故障', 'Faults'],
  ]
}

/** A host page with nothing on it but the widget. */
export function renderPhone({ demo, person, bffUrl, query }: PhoneView) {
  return layout({
    title: '校园卡',
    styles: '/phone.css',
    body: html`
      <main
        id="ecode"
        data-school="${demo.school.id}"
        data-person="${person.id}"
        data-screen="${query.screen ?? ''}"
        data-locale="${query.locale ?? 'zh-CN'}"
        data-scheme="${query.scheme ?? 'auto'}"
        data-care="${query.care ?? ''}"
      ></main>
      <script src="${bffUrl}/v1/ecode.js" defer></script>
      <script src="/phone.js" defer></script>
    `,
  })
}

export function renderMessage({ title, text }: { title: string; text: string }) {
  return layout({
    title,
    styles: '/home.css',
    body: html`<main class="message"><h1>${title}</h1><p lang="en">${text}</p></main>`,
  })
}

interface PhoneView {
  demo: Demo
  person: Person
  bffUrl: string
  query: Record<string, string>
}

function renderNote({ cardNo }: Person) {
  const note = personNotes[cardNo]
  return note && html`<em>${note.zh}<small lang="en">${note.en}</small></em>`
}

const bindableCards = readBindableCards()

const cardStatuses: Record<BindableCard['status'], string> = {
  active: '',
  closed: '已注销',
  not_supported: '不支持',
}

/** What to type to bind a card: shown for the person who is chosen. */
function renderCards({ cardNo }: Person) {
  const cards = bindableCards.get(cardNo) ?? []
  const [first] = cards
  return (
    first &&
    html`<dl class="cards">
      <dt>证件号 <small lang="en">ID</small></dt><dd>${first.idNumber}</dd>
      <dt>预留手机 <small lang="en">Phone</small></dt><dd>${first.phone}</dd>
      ${cards.map(
        ({ bankName, cardNo: number, status }) =>
          html`<dt>${bankName} <small>${cardStatuses[status]}</small></dt><dd>${number}</dd>`,
      )}
    </dl>`
  )
}

type Choice = [value: string, zh: string, en: string]

function renderSwitch(name: string, zh: string, en: string, choices: Choice[]) {
  return html`
    <fieldset class="switch">
      <legend>${zh} <small lang="en">${en}</small></legend>
      ${choices.map(
        ([value, label, english], index) => html`
          <label title="${english}">
            <input type="radio" name="${name}" value="${value}" ${index === 0 ? 'checked' : ''} />
            <span class="chip">${label}</span>
          </label>
        `,
      )}
    </fieldset>
  `
}

export function layout({ title, styles, body }: { title: string; styles: string; body: unknown }) {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${styles}" />
      </head>
      <body>
        ${body}
      </body>
    </html>`
}

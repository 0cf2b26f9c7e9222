import type { Demo } from '@campus-ecode/protocol/demo'
import { idSchema } from '@campus-ecode/protocol/shapes'
import type { Hono, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import { z } from 'zod'
import { layout } from './pages.ts'

/** `/playground`: every setting of the widget to try, and all that passes between a page and its server. */
export function addPlayground(app: Hono, options: PlaygroundOptions): void {
  const { readDemo, fetchBff, bffUrl, pageHeaders } = options
  app.get('/playground', pageHeaders, async (c) => {
    const demo = await readDemo()
    return demo ? c.html(renderPlayground(demo, bffUrl)) : c.body('starting', 503)
  })

  // A school's own route, which also tells what it sent and got.
  app.post('/playground/session', bodyLimit({ maxSize: 1024 }), async (c) => {
    if (c.req.header('content-type') !== 'application/json') return c.body(null, 415)
    const wish = wishSchema.safeParse(await c.req.json().catch(() => undefined))
    const demo = await readDemo()
    const person = demo?.people.find(({ id }) => id === wish.data?.person)
    if (!wish.success || !demo || !person) return c.json({ error: 'BAD_REQUEST' }, 400)
    const { id, secret } = demo.school
    const body = { subject: { cardNo: person.cardNo }, thumbprint: wish.data.thumbprint }
    const url = `${bffUrl}/v1/sessions`
    const answer = await fetchBff(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const session = (await answer?.json().catch(() => undefined)) as Record<string, unknown>
    const exchange = {
      request: `POST ${url}`,
      headers: { authorization: `Basic ${MASK}`, 'content-type': 'application/json' },
      body,
      status: answer?.status ?? null,
      answer: session && 'token' in session ? { ...session, token: MASK } : (session ?? null),
    }
    const status = answer?.ok ? 201 : 502
    return c.json({ session: session ?? null, exchange }, status, { 'cache-control': 'no-store' })
  })
}

export interface PlaygroundOptions {
  readDemo: () => Promise<Demo | undefined>
  fetchBff: typeof fetch
  bffUrl: string
  pageHeaders: MiddlewareHandler
}

const MASK = '••••••••'
const wishSchema = z.strictObject({ person: idSchema, thumbprint: z.string().max(64) })

function renderPlayground({ school, people }: Demo, bffUrl: string) {
  return layout({
    title: '校园e码通 · 试验台',
    styles: '/playground.css',
    body: html`
      <header>
        <h1>试验台 <small lang="en">Playground</small></h1>
        <p><a href="/">演示 <small lang="en">Demo</small></a></p>
      </header>
      <main data-school="${school.id}" data-bff="${bffUrl}">
        <form id="settings" autocomplete="off">
          <label>谁 <small lang="en">Person</small>
            <select name="person">${people.map((person) => html`<option value="${person.id}">${person.name}</option>`)}</select>
          </label>
          <fieldset>
            <legend>页面 <small lang="en">screens</small></legend>
            ${['card', 'pay', 'access', 'wallet'].map(
              (screen) =>
                html`<label class="tick"><input type="checkbox" name="screens" value="${screen}" checked /> ${screen}</label>`,
            )}
          </fieldset>
          ${renderChoice('screen', '先显示', ['', 'card', 'pay', 'access', 'wallet'])}
          ${renderChoice('locale', '语言', ['zh-CN', 'en'])}
          ${renderChoice('scheme', '外观', ['auto', 'light', 'dark'])}
          <label class="tick"><input type="checkbox" name="care" /> 关怀模式 <small>theme.care</small></label>
          <label>主色 <small>theme.accent</small>
            <input name="accent" placeholder="#0a7a4b" spellcheck="false" />
          </label>
          <label>圆角 <small>--ecode-radius</small>
            <input name="radius" type="range" min="0" max="24" value="14" />
          </label>
          <label>宽度 <small lang="en">width</small> <output id="width-shown"></output>
            <input name="width" type="range" min="320" max="900" value="390" />
          </label>
          <label class="tick"><input type="checkbox" name="failing" /> session() 失败 <small lang="en">fails</small></label>
          <p class="buttons">
            <button type="button" id="remount">重新创建 <small lang="en">create anew</small></button>
            <button type="button" id="pay-order">付一个订单 <small>pay()</small></button>
            <button type="button" id="sign-out">退出 <small>signOut()</small></button>
          </p>
        </form>
        <section class="stage" aria-label="组件 The widget"><div id="ecode"></div></section>
        <section class="told">
          <h2>代码 <small lang="en">The settings as code</small></h2>
          <p class="ways">
            ${renderChoice('way', '', ['script', 'npm', 'react', 'vue', 'element'])}
            <button type="button" id="copy">复制 <small lang="en">Copy</small></button>
          </p>
          <pre id="code" tabindex="0"></pre>
          <h2>发生了什么 <small lang="en">Events, errors and requests</small>
            <button type="button" id="clear">清空 <small lang="en">Clear</small></button></h2>
          <ol id="log" aria-live="polite"></ol>
        </section>
      </main>
      <script src="${bffUrl}/v1/ecode.js" defer></script>
      <script src="/playground.js" defer></script>
    `,
  })
}

function renderChoice(name: string, zh: string, values: string[]) {
  return html`<label>${zh} <small>${name}</small>
    <select name="${name}" form="settings">${values.map((value) => html`<option>${value}</option>`)}</select>
  </label>`
}

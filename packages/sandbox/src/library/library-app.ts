import { Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import { limitBody } from '../signed-calls.ts'

const validationSchema = z.object({
  serviceResponse: z.object({
    authenticationSuccess: z
      .object({ user: z.string(), attributes: z.object({ name: z.string(), class: z.string() }) })
      .optional(),
    authenticationFailure: z.object({ code: z.string() }).optional(),
  }),
})

/**
 * A service of the school's that knows nobody by itself (R36): whoever comes with a ticket of the campus card is
 * asked about at the BFF, as any CAS 3.0 client does it.
 */
export function createLibraryApp({ bffUrl, url }: { bffUrl: string; url: () => string }): Hono {
  const app = new Hono()
  app.get('/', (c) =>
    c.html(page(html`<p>请从校园卡进入图书馆。 Come from the campus card.</p>`), 401),
  )
  app.post('/', limitBody, async (c) => {
    const { ticket } = await c.req.parseBody()
    if (typeof ticket !== 'string') return c.html(page(html`<p>没有凭证 No ticket</p>`), 400)
    const query = new URLSearchParams({ service: url(), ticket, format: 'JSON' })
    const answer = await fetch(`${bffUrl}/cas/p3/serviceValidate?${query}`)
      .then((response) => response.json())
      .catch(() => undefined)
    const said = validationSchema.safeParse(answer).data?.serviceResponse
    const reader = said?.authenticationSuccess
    if (!reader) {
      const code = said?.authenticationFailure?.code ?? 'INTERNAL_ERROR'
      return c.html(page(html`<p>进不来：${code}，请从校园卡重新进入。 Enter again.</p>`), 403)
    }
    const { name } = reader.attributes
    return c.html(page(html`<p>${name}（${reader.user}），欢迎。可借 10 册。 Welcome.</p>`))
  })
  return app
}

function page(content: unknown) {
  return html`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>云谷大学图书馆</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>:root { color-scheme: light dark } body { font: 17px/1.7 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1.25rem }</style>
    </head><body><h1>云谷大学图书馆</h1>${content}</body></html>`
}

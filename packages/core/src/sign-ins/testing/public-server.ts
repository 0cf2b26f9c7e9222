import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { request } from 'undici'
import { createKeypadApp } from '../../keypad/keypad-app.ts'
import type { HttpCore } from '../../testing/http-core.ts'

const WECHAT = 'Mozilla/5.0 (Linux; Android 12) MicroMessenger/8.0.50 Language/zh_CN'
const MINI_PROGRAM = `${WECHAT} miniProgram/wxfedcba9876543210`

/** The public origin behind a real socket, and browsers that go there as phones do. */
export async function createPublicServer(core: HttpCore) {
  const origin = 'https://keypad.example'
  const asset = { path: '/none', type: 'text/plain', body: Buffer.from('') }
  const app = createKeypadApp(
    core.services,
    { origin, proxyCount: 0 },
    { script: asset, style: { ...asset, path: '/none-either' } },
  )
  const server = createServer(
    getRequestListener((received, env) => app.fetch(received, env as never)),
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** Keeps the cookies of the public origin, as one browser on one phone does. */
  function openBrowser({ agent = WECHAT, language = 'zh-CN' } = {}) {
    let cookie = ''
    async function send(
      method: 'GET' | 'POST',
      path: string,
      headers: Record<string, string> = {},
      body?: string,
    ) {
      const answer = await request(url + path, {
        method,
        body: body ?? null,
        headers: {
          host: new URL(origin).host,
          'user-agent': agent,
          'accept-language': language,
          ...(cookie && { cookie }),
          ...headers,
        },
      })
      const set = [answer.headers['set-cookie'] ?? []].flat()
      if (set[0]) cookie = set[0].split(';')[0] ?? ''
      return {
        status: answer.statusCode,
        location: String(answer.headers.location ?? ''),
        headers: answer.headers,
        cookies: set,
        html: await answer.body.text(),
      }
    }
    return {
      get: (path: string, headers?: Record<string, string>) => send('GET', path, headers),
      post: (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
        send(
          'POST',
          path,
          { origin, 'content-type': 'application/x-www-form-urlencoded', ...headers },
          new URLSearchParams(form).toString(),
        ),
      /** As one that keeps nothing. */
      forget() {
        cookie = ''
      },
      cookie: () => cookie,
    }
  }

  return {
    origin,
    openBrowser,
    openWebView: () => openBrowser({ agent: MINI_PROGRAM }),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
export type PublicServer = Awaited<ReturnType<typeof createPublicServer>>
export type Browser = ReturnType<PublicServer['openBrowser']>

import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemSchema } from '@campus-ecode/protocol/problem'
import type { StaffRole } from '@campus-ecode/protocol/staff'
import { CONSOLE_HEADER, type StaffRouteName, staffRoutes } from '@campus-ecode/protocol/staff-api'
import { Secret, TOTP } from 'otpauth'
import { request } from 'undici'
import { v7 } from 'uuid'
import type { z } from 'zod'
import { inTransaction } from '../db/database.ts'
import { createHttpServer } from '../http/http-server.ts'
import type { Services } from '../http/operation.ts'
import { insertStaff } from '../staff/account-store.ts'
import { createConsoleApp } from '../staff/console-app.ts'
import { makeSetUpCode } from '../staff/set-up-code.ts'
import { SCHOOL } from './campus.ts'

export const STAFF_PASSWORD = 'quiet-Lantern-42'

export interface CallOptions {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string | undefined>
  /** Bytes as Latin-1, which keeps each. */
  raw?: boolean
}

/** A console on a port of its own, and the browsers that come to it. */
export async function createTestConsole(services: Services) {
  // Whoever listens knows the port, and the app has to know the origin.
  let fetchApp: ReturnType<typeof createConsoleApp>['fetch'] = () => new Response()
  const app = { fetch: (...args: Parameters<typeof fetchApp>) => fetchApp(...args) }
  const server = createHttpServer(app as ReturnType<typeof createConsoleApp>, services)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const workDir = mkdtempSync(join(tmpdir(), 'ecode-console-'))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const config = { port, origin, proxyCount: 0, directory: '', workDir }
  const page = [
    { name: 'index.html', type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') },
    { name: 'console-1.js', type: 'text/javascript; charset=utf-8', body: Buffer.from('') },
  ]
  fetchApp = createConsoleApp(services, config, page).fetch

  /** A browser with its cookie; a person at it who has an authenticator. */
  function openBrowser(agent = 'test-browser') {
    let cookie: string | undefined
    let secret = ''
    const browser = {
      get cookie() {
        return cookie
      },
      set cookie(value: string | undefined) {
        cookie = value
      },
      get secret() {
        return secret
      },
      set secret(value: string) {
        secret = value
      },
      totp(steps = 0) {
        const timestamp = services.now() + steps * 30_000
        return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })
      },
      async send(method: string, target: string, { body, headers, raw }: CallOptions = {}) {
        const sent: Record<string, string | undefined> = {
          'user-agent': agent,
          origin,
          [CONSOLE_HEADER]: '1',
          'sec-fetch-site': 'same-origin',
          ...(cookie && { cookie: `__Host-ecode-staff=${cookie}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        }
        const answer = await request(origin + target, {
          method: method as 'GET',
          headers: Object.fromEntries(
            Object.entries(sent).filter(([, value]) => value !== undefined),
          ),
          body: body === undefined ? null : JSON.stringify(body),
        })
        const set = String(answer.headers['set-cookie'] ?? '')
        const [, value] = /^__Host-ecode-staff=([^;]*)/.exec(set) ?? []
        if (value !== undefined) cookie = value || undefined
        const bytes = Buffer.from(await answer.body.arrayBuffer())
        const text = bytes.toString(raw ? 'latin1' : 'utf8')
        return { status: answer.statusCode, headers: answer.headers, setCookie: set, text }
      },
      async call(name: StaffRouteName, options: CallOptions = {}) {
        const { method, path, answers } = staffRoutes[name]
        const filled = path.replaceAll(/:(\w+)/g, (_, part: string) => options.params?.[part] ?? '')
        const query = options.query ? `?${new URLSearchParams(options.query)}` : ''
        const reply = await browser.send(method, filled + query, options)
        // biome-ignore lint/suspicious/noExplicitAny: a test knows what it asked for.
        const body = JSON.parse(reply.text) as any
        const schemas: Record<number, z.ZodType> = answers
        const schema = schemas[reply.status]
        ;(schema ?? problemSchema).parse(body)
        return { ...reply, body }
      },
      async done(name: StaffRouteName, options: CallOptions = {}) {
        const { status, body } = await browser.call(name, options)
        if (status >= 400) throw new Error(`${name} was refused: ${body.code}`)
        return body
      },
      async refused(name: StaffRouteName, options: CallOptions = {}): Promise<string> {
        const { status, body } = await browser.call(name, options)
        if (status < 400) throw new Error(`${name} was answered ${status}`)
        return body.code
      },
      async signIn(name: string, password = STAFF_PASSWORD) {
        // As after half a minute: a code is good once.
        await services.db.pool.query('update staff set last_totp_step = 0 where name = $1', [name])
        const credentials = { schoolId: SCHOOL, name, password, totp: browser.totp() }
        return browser.call('signIn', { body: credentials })
      },
    }
    return browser
  }

  return {
    origin,
    openBrowser,
    /** Adds somebody and has the account set up and signed in, as the person would. */
    async hire(name: string, roles: StaffRole[]) {
      const staffId = v7()
      const code = await inTransaction(services.db.pool, async (tx) => {
        await insertStaff(tx, {
          schoolId: SCHOOL,
          staffId,
          name,
          displayName: `${name} 老师`,
          roles,
        })
        return makeSetUpCode(tx, SCHOOL, staffId)
      })
      const browser = openBrowser()
      browser.secret = (await browser.done('openSetUp', { body: { code } })).secret
      // The step before this one, so that the first sign-in may come at once.
      const body = { code, password: STAFF_PASSWORD, totp: browser.totp(-1) }
      await browser.done('finishSetUp', { body })
      return Object.assign(browser, { staffId, name })
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(workDir, { recursive: true, force: true })
    },
  }
}
export type TestConsole = Awaited<ReturnType<typeof createTestConsole>>

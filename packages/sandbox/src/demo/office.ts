import { readFile } from 'node:fs/promises'
import { html } from 'hono/html'
import { z } from 'zod'
import type { DemoConfig } from './config.ts'
import { layout } from './pages.ts'

const officeSchema = z.object({
  schoolId: z.string(),
  accounts: z.array(
    z.object({
      name: z.string(),
      displayName: z.string(),
      roles: z.array(z.string()),
      password: z.string(),
      totpSecret: z.string(),
    }),
  ),
})
export type Office = z.infer<typeof officeSchema>

/** The console's accounts, as `npm start` has made them; undefined before that. */
export async function readOffice(file: string): Promise<Office | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : officeSchema.parse(JSON.parse(text))
}

/** What nobody would ever show elsewhere: names, passwords and what an authenticator app is told. */
export function renderOffice({ schoolId, accounts }: Office, { consoleUrl }: DemoConfig) {
  return layout({
    title: '管理台账号 · 演示',
    styles: '/home.css',
    body: html`
      <main class="message">
        <h1>管理台 <small lang="en">Console</small></h1>
        <p><a href="${consoleUrl}/?school=${schoolId}">${consoleUrl}</a></p>
        <p>
          演示账号。把密钥输入任意验证器应用（TOTP）得到动态码，每个只能用一次。
          <small lang="en">Accounts of the demo. Type the secret into any authenticator app (TOTP); each code is good once.</small>
        </p>
        <dl>
          ${accounts.map(
            ({ name, displayName, roles, password, totpSecret }) => html`
              <dt><b>${name}</b> ${displayName} <small>${roles.join(', ')}</small></dt>
              <dd>密码 <code>${password}</code> 密钥 <code>${totpSecret}</code></dd>
            `,
          )}
        </dl>
      </main>
    `,
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext } from 'playwright'

const SMS_TIMEOUT_MS = 15_000

/** Makes the phone draw its own codes, as a person does: with the code that arrives by SMS. */
export async function enrol(
  context: BrowserContext,
  url: string,
  sandboxUrl: string,
): Promise<void> {
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('[part=offer]').click()
  await page.getByRole('button', { name: '发短信验证码' }).click()
  const field = page.locator('[part=field]')
  await field.waitFor()
  const [tail = ''] = /\d{4}/.exec((await page.locator('.enrol-why').textContent()) ?? '') ?? []
  await field.fill(await readSms(sandboxUrl, tail))
  await page.getByRole('heading', { name: '已开通离线付款' }).waitFor()
  await page.close()
}

async function readSms(sandboxUrl: string, tail: string): Promise<string> {
  const deadline = Date.now() + SMS_TIMEOUT_MS
  for (;;) {
    const inbox = await (await fetch(`${sandboxUrl}/inbox?tail=${tail}`)).text()
    const code = /验证码 (\d{6})/.exec(inbox)?.[1]
    if (code) return code
    if (Date.now() > deadline) throw new Error(`no SMS came to …${tail}`)
    await sleep(200)
  }
}

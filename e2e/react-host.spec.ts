import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintSession } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, system, till } from './stage.ts'
import { ROOT } from './system.ts'

takePeople(['叶安宁'])

const { bffUrl, demoUrl } = system
const { cardNo } = findPerson(demo, '叶安宁')
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-react-'))
  // Vite takes what begins so into the page.
  process.env.VITE_BFF_URL = bffUrl
  await build({
    root: join(ROOT, 'examples/react-host'),
    base: '/react/',
    logLevel: 'silent',
    build: { outDir: folder, emptyOutDir: true },
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Vitest's NODE_ENV makes it React's development build, in which StrictMode mounts everything twice.
it('the React page of examples/react-host is built, mounts the widget once, and hears what was paid', async () => {
  const context = await browser.newContext({
    viewport: { width: 390, height: 812 },
    deviceScaleFactor: 2,
    timezoneId: 'Asia/Shanghai',
    permissions: ['local-network-access'],
  })
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => {
    if (!/React DevTools/.test(message.text())) said.push(`${message.type()} ${message.text()}`)
  })
  page.on('pageerror', (error) => said.push(`fault ${error}`))
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const contentType = TYPES[extname(file)]
    if (!contentType) continue
    const body = readFileSync(join(folder, file))
    await page.route(`${demoUrl}/react/${file}`, (route) => route.fulfill({ contentType, body }))
  }
  await page.route(`${demoUrl}/ecode-session`, async (route) => {
    const { thumbprint } = route.request().postDataJSON()
    const answer = await mintSession(bffUrl, demo.school, { subject: { cardNo }, thumbprint })
    await route.fulfill({ status: answer.status, body: await answer.text() })
  })
  await page.goto(`${demoUrl}/react/index.html`)
  const phone = new Phone(page, page.locator('.card'))
  await phone.root.getByRole('button', { name: '付款', exact: true }).click()
  expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
  await phone.readResult('paid')
  expect(await page.locator('.card').count()).toBe(1)
  expect(said).toEqual(['info paid 100'])
  await phone.shoot('react-host')
  await context.close()
})

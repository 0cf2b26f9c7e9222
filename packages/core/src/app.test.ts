import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createTestCampus, type TestCampus } from './testing/campus.ts'

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

it('/readyz is UNAVAILABLE while something it needs is away, and /healthz goes on', async () => {
  let away = true
  const gate = {
    origin: 'http://127.0.0.1:8081',
    findKey: async () => undefined,
    now: () => Date.now(),
  }
  const app = createApp(campus.services, gate, async () => {
    if (away) throw new Error('planted')
  })
  const refused = await app.request('/readyz')
  expect(refused.status).toBe(503)
  const text = await refused.text()
  expect(JSON.parse(text).code).toBe('UNAVAILABLE')
  expect(text).not.toContain('planted')
  expect((await app.request('/healthz')).status).toBe(200)
  away = false
  expect((await app.request('/readyz')).status).toBe(200)
})

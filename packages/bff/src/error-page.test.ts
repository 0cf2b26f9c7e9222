import { errorTable } from '@campus-ecode/protocol/errors'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectProblem } from './testing/page.ts'
import { startTestBff, type TestBff } from './testing/test-bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())

it('explains every error at an address of its own, with nothing but text and one style', async () => {
  for (const code of Object.keys(errorTable)) {
    const answer = await fetch(`${bff.url}/errors/${code}`)
    expect([code, answer.status]).toEqual([code, 200])
    const page = await answer.text()
    expect(page).toContain(`<h1>${code}</h1>`)
    expect(page).not.toMatch(/<p>\s*<\/p>|<script/)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    )
  }
})

it('has no page for what is no code', async () => {
  await expectProblem(await fetch(`${bff.url}/errors/toString`), 'NOT_FOUND')
  await expectProblem(await fetch(`${bff.url}/errors/%3Cscript%3E`), 'NOT_FOUND')
})

import { allScopes } from '@campus-ecode/protocol/sessions'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

it('opens a session once for what may be used once, and again for what may be used again', async () => {
  const { personId } = await core.addPerson()
  const check = (jti?: string) => ({
    params: { personId },
    body: { channel: 'school', binding: '', scopes: allScopes },
    ...(jti !== undefined && { headers: { 'ecode-proof-jti': jti } }),
  })
  expect((await core.call('checkSignIn', check('first-refresh-0001'))).status).toBe(200)
  expect(await core.refused('checkSignIn', check('first-refresh-0001'))).toBe('PROOF_REPLAYED')
  for (let i = 0; i < 2; i++) expect((await core.call('checkSignIn', check())).status).toBe(200)
})

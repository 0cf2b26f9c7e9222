import { expect, test, vi } from 'vitest'
import { ECodeError } from './ecode-error.ts'
import { makeSignIn } from './sign-in.ts'

const wanted = { school: '1001' }
const signedIn = { subject: 's', session: async () => ({ token: '', expiresAt: '' }) }

/** @param signIn Of the part `more`. */
function make(signIn: (part: unknown, options: unknown) => Promise<unknown>) {
  const part = vi.fn(async (name: string) => (name === 'more' ? { signIn } : {}))
  const source = { part, style: () => '', baseUrl: 'https://pay.school.edu', nonce: '' } as never
  return { signIn: makeSignIn(source), part }
}

test('it comes after the parts it stands on, and knows where the BFF is', async () => {
  const more = vi.fn(async () => signedIn)
  const { signIn, part } = make(more)
  await expect(signIn(wanted)).resolves.toBe(signedIn)
  expect(part.mock.calls).toEqual([['widget'], ['more']])
  expect(more).toHaveBeenCalledWith(part, { ...wanted, baseUrl: 'https://pay.school.edu' })
})

test('it rejects with ECodeErrors: what it says itself, and parts that do not come', async () => {
  const refused = make(async () => {
    throw { code: 'SIGN_IN_IMPOSSIBLE', message: 'no', requestId: 'r1' }
  })
  const lost = make(async () => {
    throw new Error('ecode.js did not load')
  })
  const one = await refused.signIn(wanted).catch((cause) => cause)
  expect(one).toBeInstanceOf(ECodeError)
  expect(one).toMatchObject({ code: 'SIGN_IN_IMPOSSIBLE', message: 'no', requestId: 'r1' })
  await expect(lost.signIn(wanted)).rejects.toMatchObject({ code: 'LOAD_FAILED' })
})

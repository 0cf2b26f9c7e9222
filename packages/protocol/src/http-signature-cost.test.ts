import { expect, test } from 'vitest'
import { signRequest, verifyRequest } from './http-signature.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'
import { type AllocationBudget, holdAllocations, repeat } from './testing/allocations.ts'

const hmacKey = createSigningKey({
  keyId: '1001.t.till-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 7).toString('base64url'),
})
const call = {
  method: 'POST',
  origin: 'https://core.example',
  target: '/v1/payments',
  body: '{"orderNo":"20260901-0001","amountFen":1250,"code":"711001212345671234567890"}',
}
const plain = { 'content-type': 'application/json' }

const signAndVerify = (key: SigningKey): AllocationBudget => ({
  name: 'signing and verifying a request (HMAC)',
  bytesMax: 34_000,
  count: 500,
  run: repeat(async () => {
    const signed = signRequest({ ...call, headers: plain, key, nowMs: Date.now() })
    const headers = { ...plain, ...signed.headers }
    const verified = await verifyRequest({
      ...call,
      headers,
      findKey: () => key,
      nowMs: Date.now(),
    })
    if (!verified.ok) throw new Error(verified.reason)
  }),
})

test('a message is signed and verified within its budget', async ({ annotate }) => {
  await annotate(await holdAllocations(signAndVerify(hmacKey)))
})

test('a key that takes its text apart to sign it is found to exceed the budget', async () => {
  const wasteful: SigningKey = {
    ...hmacKey,
    sign: (base) => hmacKey.sign(Array.from(base, (letter) => [letter]).join('')),
  }
  await expect(holdAllocations(signAndVerify(wasteful))).rejects.toThrow(
    /^signing and verifying a request \(HMAC\) allocates \d+ bytes; its budget is \d+$/,
  )
})

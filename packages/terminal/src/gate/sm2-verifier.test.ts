import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSm2Verifier, isSm2Sound } from './sm2-verifier.ts'

const { sm2 } = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/access.json', import.meta.url), 'utf8'),
)
const published = {
  publicKey: Buffer.from(sm2.publicKeyHex, 'hex'),
  message: Buffer.from(sm2.messageAscii),
  signature: Buffer.from(sm2.signatureHex, 'hex'),
}

describe('SM2', () => {
  it('verifies the example of GM/T 0003.5, and not the same with a bit changed', () => {
    const verify = createSm2Verifier(published.publicKey)
    expect(verify(published.message, published.signature)).toBe(true)
    for (let at = 0; at < 64; at++) {
      const signature = Buffer.from(published.signature)
      signature[at] = (signature[at] ?? 0) ^ 1
      expect(verify(published.message, signature)).toBe(false)
    }
    expect(verify(Buffer.from('message digesT'), published.signature)).toBe(false)
  })

  it('is not believed where it gets that example wrong', () => {
    expect(isSm2Sound()).toBe(true)
    expect(isSm2Sound({ ...published, message: Buffer.from('another') })).toBe(false)
    expect(isSm2Sound({ ...published, publicKey: Buffer.alloc(65, 4) })).toBe(false)
  })
})

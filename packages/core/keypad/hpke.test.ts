import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { describe, expect, it } from 'vitest'
import { seal } from './hpke.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const CURVE = { name: 'ECDH', namedCurve: 'P-256' }

async function importPair(pointHex: string, scalarHex: string): Promise<CryptoKeyPair> {
  const url = (part: Uint8Array) => Buffer.from(part).toString('base64url')
  const point = bytes(pointHex)
  const jwk = { kty: 'EC', crv: 'P-256', x: url(point.slice(1, 33)), y: url(point.slice(33)) }
  const secret = { ...jwk, d: url(bytes(scalarHex)) }
  return {
    publicKey: await crypto.subtle.importKey('jwk', jwk, CURVE, true, []),
    privateKey: await crypto.subtle.importKey('jwk', secret, CURVE, true, ['deriveBits']),
  }
}

describe('the page’s HPKE', () => {
  it('seals as RFC 9180 A.3.1 does', async () => {
    const ephemeral = await importPair(
      '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
      '4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb',
    )
    const { enc, ciphertext } = await seal(
      bytes(
        '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
      ),
      bytes('4f6465206f6e2061204772656369616e2055726e'),
      bytes('436f756e742d30'),
      bytes('4265617574792069732074727574682c20747275746820626561757479'),
      ephemeral,
    )
    expect(Buffer.from(enc).toString('hex')).toBe(
      '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
    )
    expect(Buffer.from(ciphertext).toString('hex')).toBe(
      '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
    )
  })

  it('is opened by the library that the key process uses, and differs each time', async () => {
    const suite = new CipherSuite({
      kem: new DhkemP256HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes128Gcm(),
    })
    const pair = await suite.kem.generateKeyPair()
    const point = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey))
    const info = new TextEncoder().encode('info')
    const aad = new TextEncoder().encode('aad')
    const sent = new Set<string>()
    for (const digits of ['417290', '417290', '417290580362']) {
      const { enc, ciphertext } = await seal(point, info, aad, new TextEncoder().encode(digits))
      sent.add(Buffer.from(ciphertext).toString('hex'))
      const recipient = { recipientKey: pair.privateKey, enc: Uint8Array.from(enc).buffer, info }
      const opened = await suite.open(recipient, Uint8Array.from(ciphertext).buffer, aad)
      expect(new TextDecoder().decode(opened)).toBe(digits)
    }
    expect(sent.size).toBe(3)
  })
})

import { createHash } from 'node:crypto'
import { KEYPAD_HPKE_INFO, keypadAad } from '@campus-ecode/protocol/keypad'
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { expect, it } from 'vitest'
import { readPage, sealDigits } from './keypad-page.ts'

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
})
const challenge = Buffer.alloc(32, 7)
const action = '{"kind":"pay","paymentId":"p"}'

async function makePage() {
  const pair = await suite.kem.generateKeyPair()
  const publicKey = Buffer.from(await suite.kem.serializePublicKey(pair.publicKey))
  const page = {
    ...{ approvalId: 'approval', action, secret: 's', payment: null },
    challenge: challenge.toString('base64url'),
    publicKey: publicKey.toString('base64url'),
  }
  return { page, pair }
}

it('reads the keypad out of its page, and none out of a notice', async () => {
  const { page } = await makePage()
  const shown = { ...page, phrase: '银杏 "&" <1>', payment: { merchant: 'm', amountFen: 5 } }
  const escaped = JSON.stringify(shown).replace(/["&<>']/g, (char) => `&#${char.charCodeAt(0)};`)
  expect(readPage(`<body data-page="${escaped}">`)).toEqual({ ...page, payment: shown.payment })
  expect(readPage('<body><p>over</p></body>')).toBeUndefined()
})

it('seals digits for this approval, challenge and action alone', async () => {
  const { page, pair } = await makePage()
  const sealed = Buffer.from(await sealDigits(page, '417290'), 'base64url')
  const open = (shown: string) => {
    const hash = createHash('sha256').update(shown).digest()
    const aad = Uint8Array.from(keypadAad('approval', challenge, hash)).buffer
    const enc = Uint8Array.from(sealed.subarray(0, 65)).buffer
    const info = new TextEncoder().encode(KEYPAD_HPKE_INFO)
    const content = Uint8Array.from(sealed.subarray(65)).buffer
    return suite.open({ recipientKey: pair.privateKey, enc, info }, content, aad)
  }
  expect(Buffer.from(await open(action)).toString()).toBe('417290')
  await expect(open('{"kind":"close_wallet"}')).rejects.toThrow()
})

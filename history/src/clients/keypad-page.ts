import { createHash } from 'node:crypto'
import { KEYPAD_HPKE_INFO, type KeypadPage, keypadAad } from '@campus-ecode/protocol/keypad'
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { z } from 'zod'

/** What of a keypad page its user needs (R16). */
export type OpenPage = Pick<
  KeypadPage,
  'approvalId' | 'challenge' | 'action' | 'publicKey' | 'secret' | 'payment'
>

const pageSchema = z.object({
  approvalId: z.string(),
  challenge: z.string(),
  action: z.string(),
  publicKey: z.string(),
  secret: z.string(),
  payment: z.object({ merchant: z.string(), amountFen: z.int() }).nullable(),
})

/** Undefined for a page without a keypad, which says that the ticket is not good any more. */
export function readPage(html: string): OpenPage | undefined {
  const [, data] = / data-page="([^"]*)"/.exec(html) ?? []
  const json = data?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  return json === undefined ? undefined : pageSchema.parse(JSON.parse(json))
}

/** Seals digits for this approval alone, as it was shown (RFC 9180). @returns base64url */
export async function sealDigits(page: OpenPage, digits: string): Promise<string> {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  })
  const actionHash = createHash('sha256').update(page.action).digest()
  const aad = keypadAad(page.approvalId, Buffer.from(page.challenge, 'base64url'), actionHash)
  const publicKey = toBuffer(Buffer.from(page.publicKey, 'base64url'))
  const { enc, ct } = await suite.seal(
    {
      recipientPublicKey: await suite.kem.deserializePublicKey(publicKey),
      info: new TextEncoder().encode(KEYPAD_HPKE_INFO),
    },
    new TextEncoder().encode(digits),
    toBuffer(aad),
  )
  return Buffer.concat([Buffer.from(enc), Buffer.from(ct)]).toString('base64url')
}

/** Bytes of their own, because the library looks at whole buffers. */
function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

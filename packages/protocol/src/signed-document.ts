import { z } from 'zod'
import { accessAlgorithms, labelled } from './access-code.ts'
import { base64UrlSchema } from './shapes.ts'

/**
 * What gates are told, in a form that may travel by any way, a memory stick included: who carries it
 * need not be trusted. Source: docs/codes.md, "What gates are told".
 *
 * The signature is over `labelled(type, payload)` by the school's root key (`ECA1.keys`) or by an issuer
 * key of the key set (the others).
 */
export const signedDocumentSchema = z
  .strictObject({
    type: z.enum(['ECA1.keys', 'ECA1.list', 'ECA1.policy']),
    algorithm: z.enum(Object.keys(accessAlgorithms) as [keyof typeof accessAlgorithms]),
    keyId: z.int().min(0).max(255).nullable().describe('null: the root key'),
    payload: base64UrlSchema.describe('JSON in UTF-8 (keys, policy) or binary (list), base64url'),
    signature: base64UrlSchema.length(86).describe('64 bytes: Ed25519, or SM2 as r ‖ s'),
  })
  .meta({ id: 'SignedDocument' })
export type SignedDocument = z.infer<typeof signedDocumentSchema>
export type DocumentType = SignedDocument['type']

/** What is signed: the type, a zero byte, the payload. */
export function documentSigningInput(type: DocumentType, payload: Uint8Array): Uint8Array {
  return labelled(type, payload)
}

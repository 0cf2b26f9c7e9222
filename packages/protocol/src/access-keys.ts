import { z } from 'zod'
import { accessAlgorithms } from './access-code.ts'
import { base64UrlSchema, schoolIdSchema } from './shapes.ts'

/** Unix seconds, as they stand in codes. */
export const unixSecondsSchema = z.int().min(0).max(0xffffffff).describe('Unix seconds')

/** An issuer's key: credentials, lists and policies signed with it are believed in its time. */
export const issuerKeySchema = z
  .strictObject({
    keyId: z.int().min(0).max(255),
    algorithm: z.enum(Object.keys(accessAlgorithms) as [keyof typeof accessAlgorithms]),
    publicKey: base64UrlSchema.describe('Ed25519: 32 bytes; SM2: the uncompressed point, 65 bytes'),
    notBefore: unixSecondsSchema,
    notAfter: unixSecondsSchema.describe('Nothing that it signed is believed from then on'),
  })
  .meta({ id: 'IssuerKey' })
export type IssuerKey = z.infer<typeof issuerKeySchema>

/** The key that a gate is set up with and that signs key sets; it changes only by a visit. */
export const rootKeySchema = issuerKeySchema
  .pick({ algorithm: true, publicKey: true })
  .meta({ id: 'RootKey' })
export type RootKey = z.infer<typeof rootKeySchema>

/** Payload of `ECA1.keys`, signed by the root key that gates are set up with. */
export const keySetSchema = z
  .strictObject({
    school: schoolIdSchema,
    seq: z.int().min(1).describe('Rises; a gate refuses a lower one than it holds'),
    issued: unixSecondsSchema,
    expires: unixSecondsSchema,
    keys: z
      .array(issuerKeySchema)
      .min(1)
      .max(16)
      .describe('The present key, the next, and those whose credentials still live'),
  })
  .meta({ id: 'KeySet' })
export type KeySet = z.infer<typeof keySetSchema>

/** A gate warns this long before its key set or the last key in it runs out. */
export const KEYS_WARNING_SECONDS = 14 * 86_400

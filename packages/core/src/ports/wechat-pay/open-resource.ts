import { createDecipheriv } from 'node:crypto'
import { z } from 'zod'

/** What a V3 notice carries: encrypted under the APIv3 key. */
export const resourceSchema = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM'),
  ciphertext: z.base64(),
  nonce: z.string().refine((value) => Buffer.byteLength(value) === NONCE_BYTES),
  associated_data: z.string().optional(),
})
export type Resource = z.infer<typeof resourceSchema>

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Throws when it was not encrypted under this key, or was changed. */
export function openResource(
  { ciphertext, nonce, associated_data: associatedData = '' }: Resource,
  apiV3Key: string,
): string {
  const bytes = Buffer.from(ciphertext, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  decipher.setAAD(Buffer.from(associatedData))
  return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString(
    'utf8',
  )
}

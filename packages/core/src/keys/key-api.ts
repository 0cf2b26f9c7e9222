import { accessAlgorithms } from '@campus-ecode/protocol/access-code'
import { signedDocumentSchema } from '@campus-ecode/protocol/signed-document'
import { z } from 'zod'

// How the core and its key process talk. They are one program in two processes, so this is no
// contract with anybody else.

const bytes = z.codec(z.base64url(), z.instanceof(Uint8Array), {
  decode: (text) => new Uint8Array(Buffer.from(text, 'base64url')),
  encode: (value) => Buffer.from(value).toString('base64url'),
})
const schoolId = z.string()
const context = z.string()
const hash = z.string()
const algorithm = z.enum(Object.keys(accessAlgorithms) as [keyof typeof accessAlgorithms])
const keyId = z.int().min(0).max(255)
const collectionKeyId = z.int().min(1)
const statementKeyId = z.int().min(1)
const other = z.object({ context, hash })
const newPassword = z.union([z.object({ hash }), z.enum(['malformed', 'too_simple'])])

/** Each call is `POST /<name>` with its arguments as a JSON array, answered `{ "result": … }`, or 503 when busy. */
export const keyCalls = {
  epochKeys: { args: z.tuple([schoolId, z.int()]), result: z.array(bytes) },
  deviceKey: { args: z.tuple([schoolId, bytes, bytes, z.string()]), result: bytes },
  corePublicKey: { args: z.tuple([schoolId]), result: bytes },
  seal: { args: z.tuple([context, z.string()]), result: bytes },
  open: { args: z.tuple([context, bytes]), result: z.string() },
  index: { args: z.tuple([context, z.string()]), result: bytes },
  keypadPublicKey: { args: z.tuple([]), result: bytes },
  hashPassword: {
    args: z.tuple([context, bytes, bytes, other.nullish()]),
    result: z.union([newPassword, z.literal('same')]),
  },
  checkPassword: {
    args: z.tuple([context, bytes, bytes, hash]),
    result: z.enum(['right', 'wrong', 'malformed']),
  },
  changePassword: {
    args: z.tuple([context, bytes, bytes, hash, other.nullish()]),
    result: z.union([newPassword, z.enum(['wrong', 'same'])]),
  },
  setWaterPassword: {
    args: z.tuple([context, bytes, bytes, hash, context]),
    result: z.union([newPassword, z.enum(['wrong', 'same'])]),
  },
  checkWaterPassword: {
    args: z.tuple([context, z.string(), hash.nullable()]),
    result: z.enum(['right', 'wrong']),
  },
  hashStaffPassword: { args: z.tuple([context, z.string()]), result: hash },
  checkStaffPassword: {
    args: z.tuple([context, z.string(), hash.nullable()]),
    result: z.enum(['right', 'wrong']),
  },
  accessRootKey: { args: z.tuple([schoolId, algorithm]), result: bytes },
  accessIssuerKey: { args: z.tuple([schoolId, algorithm, keyId]), result: bytes },
  signCredential: { args: z.tuple([schoolId, algorithm, keyId, bytes]), result: bytes },
  signDocument: {
    args: z.tuple([schoolId, algorithm, keyId.nullable(), signedDocumentSchema.shape.type, bytes]),
    result: bytes,
  },
  collectionKey: { args: z.tuple([schoolId, collectionKeyId]), result: bytes },
  signCollection: {
    args: z.tuple([schoolId, collectionKeyId, z.string(), z.string()]),
    result: bytes,
  },
  statementKey: { args: z.tuple([schoolId, statementKeyId]), result: bytes },
  signStatement: { args: z.tuple([schoolId, bytes]), result: bytes },
} as const

export type KeyCall = keyof typeof keyCalls

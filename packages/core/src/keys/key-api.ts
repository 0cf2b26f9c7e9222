import { z } from 'zod'

// How the core and its key process talk. They are one program in two processes, so this is no
// contract with anybody else.

const bytes = z.codec(z.base64url(), z.instanceof(Uint8Array), {
  decode: (text) => new Uint8Array(Buffer.from(text, 'base64url')),
  encode: (value) => Buffer.from(value).toString('base64url'),
})
const schoolId = z.string()
const context = z.string()

/** Each call is `POST /<name>` with its arguments as a JSON array, answered `{ "result": … }`. */
export const keyCalls = {
  epochKeys: { args: z.tuple([schoolId, z.int()]), result: z.array(bytes) },
  deviceKey: { args: z.tuple([schoolId, bytes, bytes, z.string()]), result: bytes },
  corePublicKey: { args: z.tuple([schoolId]), result: bytes },
  seal: { args: z.tuple([context, z.string()]), result: bytes },
  open: { args: z.tuple([context, bytes]), result: z.string() },
  index: { args: z.tuple([context, z.string()]), result: bytes },
} as const

export type KeyCall = keyof typeof keyCalls

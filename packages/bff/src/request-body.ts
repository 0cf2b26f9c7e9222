import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'

/** More than any request here needs. */
export const BODY_BYTES_MAX = 16 * 1024

export interface JsonBody<T> {
  ok: true
  value: T
  /** As received, for forwarding unchanged. */
  bytes: Buffer
}

/**
 * Reads a JSON body and holds it against its schema.
 *
 * Refuses: MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, REQUEST_TIMEOUT, BAD_REQUEST with `fields`.
 */
export async function readJsonBody<T>(
  incoming: IncomingMessage,
  schema: z.ZodType<T>,
): Promise<JsonBody<T> | Refusal> {
  const { 'content-type': type = '', 'content-encoding': encoding } = incoming.headers
  if (!JSON_TYPE.test(type) || encoding !== undefined) return refuse('MEDIA_TYPE_UNSUPPORTED')
  const bytes = await readBytes(incoming)
  if (!Buffer.isBuffer(bytes)) return bytes
  let json: unknown
  try {
    json = JSON.parse(utf8.decode(bytes))
  } catch {
    return refuse('BAD_REQUEST', { fields: ['body'] })
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) return refuse('BAD_REQUEST', { fields: listFields(parsed.error) })
  return { ok: true, value: parsed.data, bytes }
}

/** Paths of the members that are wrong, for BAD_REQUEST; never their values. */
export function listFields(error: z.ZodError): string[] {
  const fields = new Set<string>()
  for (const issue of error.issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    for (const name of names) {
      const path = [...issue.path, ...(name === undefined ? [] : [name])].join('.')
      // A caller writes the names of unknown members; repeat only what looks like one.
      fields.add(path === '' || !FIELD_PATH.test(path) ? 'body' : path)
    }
  }
  return [...fields].slice(0, FIELDS_MAX)
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i
const FIELD_PATH = /^[\w.]{1,64}$/
const FIELDS_MAX = 10
const BODY_TIMEOUT_MS = 10_000
// The mark at the start is kept, so that it is refused here and not by the core.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readBytes(incoming: IncomingMessage): Promise<Buffer | Refusal> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (result: Buffer | Refusal) => {
      clearTimeout(timer)
      incoming.off('data', take).off('end', finish).off('close', leave)
      resolve(result)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > BODY_BYTES_MAX) settle(refuse('BODY_TOO_LARGE'))
      else chunks.push(chunk)
    }
    const finish = () => settle(Buffer.concat(chunks, size))
    // The caller went away, so nobody reads what we answer.
    const leave = () => settle(refuse('BAD_REQUEST', { reason: 'the caller went away' }))
    const timer = setTimeout(() => settle(refuse('REQUEST_TIMEOUT')), BODY_TIMEOUT_MS)
    incoming.on('data', take).on('end', finish).on('close', leave)
    incoming.on('error', () => {})
  })
}

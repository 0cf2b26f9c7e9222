import type { Route } from '@campus-ecode/protocol/route'
import { idSchema, orderNoSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { gridServiceSchema } from '@campus-ecode/protocol/sign-ins'
import { statementScopeSchema } from '@campus-ecode/protocol/staff-books'
import { daySchema } from '@campus-ecode/protocol/statement'
import { z } from 'zod'
import { type Refusal, refuse } from './operation.ts'

/** What a call says, as its route describes it. */
export interface Call {
  params: Record<string, string>
  query: unknown
  body: unknown
}

/** Every parameter that stands in a path. */
const paramSchemas: Record<string, z.ZodType<string>> = {
  schoolId: schoolIdSchema,
  personId: idSchema,
  enrolmentId: idSchema,
  deviceId: idSchema,
  entryId: idSchema,
  approvalId: idSchema,
  verificationId: idSchema,
  bindingId: idSchema,
  cardId: idSchema,
  transferId: idSchema,
  paymentId: idSchema,
  gatheringId: idSchema,
  credentialId: idSchema,
  orderId: idSchema,
  orderNo: orderNoSchema,
  refundNo: orderNoSchema,
  sessionNo: orderNoSchema,
  topUpId: idSchema,
  utilityId: idSchema,
  serviceId: gridServiceSchema.shape.serviceId,
  staffId: idSchema,
  taskId: idSchema,
  merchantId: idSchema,
  terminalId: idSchema,
  gateId: idSchema,
  day: daySchema,
  scope: statementScopeSchema,
  file: z.string().regex(/^[a-z0-9-]{1,40}\.(csv|jsonl|json|sig)$/),
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const JSON_CONTENT = /^application\/json *(?:;|$)/i

/**
 * Reads path, query and body by the route's schemas.
 *
 * Refuses: MEDIA_TYPE_UNSUPPORTED; BAD_REQUEST with the paths of what is wrong; AMOUNT_INVALID when
 * nothing but amounts is.
 */
export function parseCall(
  route: Route,
  params: Record<string, string>,
  query: Record<string, string>,
  headers: { 'content-type'?: string | undefined; 'content-encoding'?: string | undefined },
  bytes: Uint8Array,
): Call | Refusal {
  const wrong: string[] = []
  const call: Call = { params: {}, query: undefined, body: undefined }
  for (const [name, value] of Object.entries(params)) {
    const parsed = paramSchemas[name]?.safeParse(value)
    if (parsed?.success) call.params[name] = parsed.data
    else wrong.push(name)
  }
  if (route.query) call.query = parse(route.query, query, wrong)
  if (!route.body) {
    return wrong.length > 0 || bytes.length > 0 ? refuse('BAD_REQUEST', { fields: wrong }) : call
  }

  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  if (!JSON_CONTENT.test(type) || encoding !== 'identity') return refuse('MEDIA_TYPE_UNSUPPORTED')
  let text: string
  let content: unknown
  try {
    text = utf8.decode(bytes)
    content = JSON.parse(text)
  } catch {
    return refuse('BAD_REQUEST', { fields: wrong })
  }
  call.body = parse(route.body, content, wrong)
  // No text of the database can have a NUL; where no schema minds, nobody knows which it was.
  const isStorable = !text.includes('\\u0000')
  if (wrong.length === 0) return isStorable ? call : refuse('BAD_REQUEST', { fields: wrong })
  return wrong.every((path) => /^\w*Fen$/.test(path))
    ? refuse('AMOUNT_INVALID')
    : refuse('BAD_REQUEST', { fields: wrong })
}

function parse(schema: z.ZodType, value: unknown, wrong: string[]): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // Names of unknown members are the sender's own words, so they are not repeated.
  const paths = result.error.issues.map((issue) => issue.path.join('.'))
  wrong.push(...new Set(paths.filter((path) => path !== '')))
  if (wrong.length === 0) wrong.push('')
  return undefined
}

import { z } from 'zod'
import { sayAccepted } from './accepted-codes.ts'
import { describeError, type ErrorCode, errorTable } from './errors.ts'
import { type ForeignKind, foreignKindSchema } from './shapes.ts'

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]

/** What went wrong, for people and programs. Source: RFC 9457 §3, with our members beside its own. */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:ecode:error:` and the code'),
    title: z.string().describe('English sentence'),
    status: z.int(),
    code: z.enum(codes),
    retryable: z
      .boolean()
      .describe('The same request, signed anew, may succeed later and can do no harm'),
    message: z.object({ 'zh-CN': z.string(), en: z.string() }).describe('Sentence for a person'),
    requestId: z.string(),
    fields: z
      .array(z.string())
      .optional()
      .describe('BAD_REQUEST: paths of the members that are wrong, never their values'),
    retryAfterSeconds: z.number().optional(),
    accepted: z
      .array(foreignKindSchema)
      .optional()
      .describe('CODE_FOREIGN_NOT_ACCEPTED: other systems whose codes are accepted (R28)'),
  })
  .meta({ id: 'Problem' })

export type Problem = z.infer<typeof problemSchema>

/** Content type of every error answer. Source: RFC 9457 §6.1. */
export const PROBLEM_TYPE = 'application/problem+json'

/**
 * The one function that turns a code into what travels.
 *
 * @param code A code of the table whose status is not 0.
 * @param requestId Shown small on the phone, so that support can find the log line.
 */
export function toProblem(
  code: ErrorCode,
  requestId: string,
  more: { fields?: string[]; retryAfterSeconds?: number; accepted?: ForeignKind[] } = {},
): Problem {
  const { status, retryable, sentences: usual } = describeError(code)
  const sentences = more.accepted ? sayAccepted(more.accepted) : usual
  return {
    type: `urn:ecode:error:${code}`,
    title: sentences.en,
    status,
    code,
    retryable,
    message: sentences,
    requestId,
    ...more,
  }
}

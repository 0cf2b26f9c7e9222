import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { rootKeySchema, unixSecondsSchema } from '@campus-ecode/protocol/access-keys'
import { accessRefusalCodes } from '@campus-ecode/protocol/access-refusals'
import { base64UrlSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { signedDocumentSchema } from '@campus-ecode/protocol/signed-document'
import { z } from 'zod'

const documentSchema = signedDocumentSchema.nullable()

/** One line that a verifier gets on standard input: what a gate holds, and what it reads. */
export const accessCaseSchema = z.object({
  id: z.string(),
  now: unixSecondsSchema,
  school: schoolIdSchema,
  gateId: z.uuid(),
  root: rootKeySchema,
  /** Taken before, whatever the time: docs/codes.md, "What gates are told". null: none. */
  keys: documentSchema,
  policy: documentSchema,
  list: documentSchema,
  /** Let in before. */
  seen: z.array(
    z.object({
      credential: base64UrlSchema.length(11),
      shownAt: unixSecondsSchema,
      letInAt: unixSecondsSchema,
    }),
  ),
  text: z.string(),
})
export type AccessCase = z.infer<typeof accessCaseSchema>

/** One line that it answers with. */
export const accessAnswerSchema = z.object({
  id: z.string(),
  result: z.enum(['opened', 'refused']),
  refusal: z.enum(accessRefusalCodes).nullable().default(null),
})
export type AccessAnswer = z.infer<typeof accessAnswerSchema>

/** What the vectors expect of every verifier: packages/protocol/vectors/access.json, `checks`. */
export function readAccessCases(): { given: AccessCase; expected: AccessAnswer }[] {
  const require = createRequire(import.meta.url)
  const path = require.resolve('@campus-ecode/protocol/vectors/access.json')
  const { school, gateId, roots, documents, checks } = vectorsSchema.parse(
    JSON.parse(readFileSync(path, 'utf8')),
  )
  const documentOf = (name: string | null) => (name === null ? null : documents[name])
  return checks.map(({ root, keys, policy, list, result, refusal, ...rest }) => ({
    given: accessCaseSchema.parse({
      ...rest,
      school,
      gateId,
      root: roots[root],
      keys: documentOf(keys),
      policy: documentOf(policy),
      list: documentOf(list),
    }),
    expected: { id: rest.id, result, refusal },
  }))
}

const nameSchema = z.string().nullable()
const vectorsSchema = z.object({
  school: z.string(),
  gateId: z.string(),
  roots: z.record(z.string(), rootKeySchema),
  documents: z.record(z.string(), signedDocumentSchema),
  checks: z.array(
    accessCaseSchema.pick({ id: true, now: true, seen: true, text: true }).extend({
      root: z.string(),
      keys: nameSchema,
      policy: nameSchema,
      list: nameSchema,
      ...accessAnswerSchema.pick({ result: true, refusal: true }).shape,
    }),
  ),
})

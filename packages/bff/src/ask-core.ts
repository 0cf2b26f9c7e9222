import type { Route } from '@campus-ecode/protocol/route'
import type { z } from 'zod'
import { type Answer, answerCore, answerRefusal } from './answer.ts'
import { type CoreCall, type CoreClient, readJson } from './core-client.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Calls the core for something that the BFF itself needs to know.
 *
 * @param path After `/v1/schools/<school>`, made by us.
 * @returns What it said, held against the route's schema; or its refusal, also as the answer for the caller.
 */
export async function askCore<R extends Route>(
  core: CoreClient,
  answer: Answer,
  { route, schoolId, path, body, proofJti }: Question<R>,
): Promise<{ ok: true; said: Said<R> } | NotSaid> {
  const found = await core.call({
    method: route.method,
    target: `/v1/schools/${schoolId}${path}`,
    requestId: answer.requestId,
    body: JSON.stringify(body),
    ...(proofJti !== undefined && { proofJti }),
  })
  if (!found.ok) return { ok: false, code: found.code, answer: () => answerRefusal(answer, found) }
  const schema = route.answers[found.status]
  if (!schema && found.code !== undefined) {
    return { ok: false, code: found.code, answer: () => answerCore(answer, found) }
  }
  const parsed = schema?.safeParse(readJson(found))
  if (parsed?.success) return { ok: true, said: parsed.data as Said<R> }
  const unlike = refuse('CORE_UNREACHABLE', { reason: 'the answer is not as documented' })
  return { ok: false, code: unlike.code, answer: () => answerRefusal(answer, unlike) }
}

/** Told from success by `ok`. */
export interface NotSaid {
  ok: false
  code: Refusal['code'] | string
  answer(): Response
}

export interface Question<R extends Route> extends Pick<CoreCall, 'proofJti'> {
  route: R
  schoolId: string
  path: string
  body: R['body'] extends z.ZodType ? z.input<R['body']> : never
}

export type Said<R extends Route> = z.output<R['answers'][keyof R['answers']]>

import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import { PROBLEM_TYPE, problemSchema } from '@campus-ecode/protocol/problem'
import { expect } from 'vitest'

/**
 * Holds an answer to what every refusal is: the code's own status, a problem document with a
 * sentence in both languages, a request id in both places, and nothing of our insides.
 */
export async function expectProblem(
  response: Response | { status: number; headers: Record<string, string>; body: string },
  code: ErrorCode,
  secrets: string[] = [],
): Promise<void> {
  const raw = response instanceof Response ? undefined : response
  const header = (name: string) =>
    response instanceof Response ? response.headers.get(name) : response.headers[name]
  const text = raw ? raw.body : await (response as Response).text()
  const { status, sentences } = describeError(code)
  expect(text, `HTTP ${response.status}`).toMatch(/^\{/)
  const problem = problemSchema.parse(JSON.parse(text))
  expect(problem).toMatchObject({ code, status, message: sentences })
  expect(response.status).toBe(status)
  expect(header('content-type')).toContain(PROBLEM_TYPE)
  expect(header('ecode-request-id')).toBe(problem.requestId)
  expect(text).not.toMatch(/\bat .+:\d+:\d+|node_modules|\.[jt]s\b|postgres|select |insert /i)
  for (const secret of secrets) expect(text).not.toContain(secret)
}

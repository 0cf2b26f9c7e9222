import type { FakeAnswer, FakeCall, FakeCore } from './fake-core.ts'
import { school } from './page.ts'

/** A page's call that needs no session. */
export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** Lets the fake core answer one path of the school, and everything else as before. */
export function answerAt(core: FakeCore, path: string, answer: FakeAnswer): void {
  const before = core.handle
  core.handle = (call: FakeCall) =>
    call.target === `/v1/schools/${school.id}${path}` ? answer : before(call)
}

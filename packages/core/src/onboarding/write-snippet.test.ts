import { expect, it } from 'vitest'
import { writeSnippet } from './write-snippet.ts'

/** Runs what is between the tags, as the school's page does. */
function open(fetch: (url: string, options: RequestInit) => Promise<Response>) {
  const [, script = ''] =
    /<script>(.*)<\/script>/s.exec(writeSnippet('1002', 'https://bff.example')) ?? []
  let given: { session(thumbprint: string): Promise<unknown> } | undefined
  const create = (options: typeof given) => {
    given = options
    return { mount() {} }
  }
  new Function('ECode', 'currentUser', 'fetch', script)({ create }, { id: 'u1' }, fetch)
  return given
}

it('asks as the servers of docs/backends.md take it, and no form of another site can', async () => {
  let asked: [string, RequestInit] | undefined
  const given = open(async (...call) => {
    asked = call
    return Response.json({ token: 't' })
  })
  expect(given).toMatchObject({ school: '1002', subject: 'u1' })
  expect(await given?.session('print')).toEqual({ token: 't' })
  expect(asked).toEqual([
    '/ecode-session',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"thumbprint":"print"}',
    },
  ])
})

it('takes no refusal for a session', async () => {
  const given = open(async () => Response.json({ code: 'SUBJECT_UNKNOWN' }, { status: 404 }))
  await expect(given?.session('print')).rejects.toThrow('/ecode-session answered 404')
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLibraryApp } from './library-app.ts'

const url = 'http://127.0.0.1:8083/library'
const asked: URL[] = []
let answer: object = {}
const bff = createServer((request, response) => {
  asked.push(new URL(request.url ?? '', 'http://bff'))
  response.end(JSON.stringify({ serviceResponse: answer }))
})
let library: ReturnType<typeof createLibraryApp>
beforeAll(async () => {
  await new Promise<void>((done) => bff.listen(0, '127.0.0.1', done))
  const { port } = bff.address() as AddressInfo
  library = createLibraryApp({ bffUrl: `http://127.0.0.1:${port}`, url: () => url })
})
afterAll(() => {
  bff.close()
})

const enter = async (fields: Record<string, string>) => {
  const response = await library.request('/', { method: 'POST', body: new URLSearchParams(fields) })
  return { status: response.status, text: await response.text() }
}

it('lets in whom the BFF names, by a ticket that is in no address of its own (R36)', async () => {
  answer = {
    authenticationSuccess: { user: '2023010417', attributes: { name: '林<夏', class: 'student' } },
  }
  const { status, text } = await enter({ ticket: 'ST-1001-a' })
  expect(status).toBe(200)
  expect(text).toContain('林&lt;夏（2023010417）')
  expect(asked[0]?.pathname).toBe('/cas/p3/serviceValidate')
  expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({
    ...{ service: url, ticket: 'ST-1001-a', format: 'JSON' },
  })
})

it('lets in nobody else', async () => {
  answer = { authenticationFailure: { code: 'INVALID_TICKET', description: 'no' } }
  expect(await enter({ ticket: 'ST-1001-b' })).toMatchObject({ status: 403 })
  answer = { nothing: true }
  expect((await enter({ ticket: 'ST-1001-c' })).text).toContain('INTERNAL_ERROR')
  expect((await enter({})).status).toBe(400)
  expect((await library.request('/')).status).toBe(401)
})

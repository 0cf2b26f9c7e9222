import { parentPort } from 'node:worker_threads'
import { startFakeCore } from './fake-core.ts'
import { createPage, createPageKey, createSession, type Page, pageOrigin, school } from './page.ts'

/**
 * What stands around a BFF: a fake core and pages, as a program for a thread of its own, whose heap is not
 * the BFF's. Says where the core is; then answers each `Task` once it is done.
 */
export type Task =
  | { do: 'open'; bff: string; pages: number }
  /** Makes what the next `send` sends. */
  | { do: 'prove'; count: number }
  | { do: 'send'; bff: string }

const CALL = { method: 'POST', path: '/v1/me/codes', body: { account: 'wallet' } }
const PERSON_ID = '0190b6c4-7d3e-7abc-8def-0123456789ab'

const core = await startFakeCore()
/** Everybody is known, by the card number as the end of the id. */
core.handle = ({ target, body }) => {
  if (!target.endsWith('/subjects')) return undefined
  const { cardNo } = JSON.parse(body) as { cardNo: string }
  const personId = PERSON_ID.slice(0, -cardNo.length) + cardNo
  return { status: 200, json: { schoolId: school.id, personId, origins: [pageOrigin] } }
}
const pages: Page[] = []
let requests: RequestInit[] = []

parentPort?.on('message', async (task: Task) => {
  if (task.do === 'open') {
    while (pages.length < task.pages) pages.push(await openPage(task.bff, pages.length))
  } else if (task.do === 'prove') {
    const calls = Array.from({ length: task.count }, (_, at) => pages[at % pages.length] as Page)
    requests = await Promise.all(calls.map(prove))
  } else {
    for (const request of requests) {
      const answer = await fetch(task.bff + CALL.path, request)
      if (answer.status !== 200) throw new Error(`a page was answered ${answer.status}`)
      await answer.arrayBuffer()
    }
  }
  parentPort?.postMessage('done')
})
parentPort?.postMessage(core.origin)

async function openPage(bff: string, at: number): Promise<Page> {
  const key = await createPageKey()
  const subject = { cardNo: String(1000 + at) }
  const answer = await createSession(bff, { subject, thumbprint: key.jkt })
  return createPage(bff, key, ((await answer.json()) as { token: string }).token)
}

async function prove(page: Page): Promise<RequestInit> {
  const headers = { ...(await page.headersFor(CALL)), 'content-type': 'application/json' }
  return { method: CALL.method, headers, body: JSON.stringify(CALL.body) }
}

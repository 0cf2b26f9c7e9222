import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTracing } from '@campus-ecode/service/tracing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`

interface Span {
  traceId: string
  name: string
  spanId: string
  parentSpanId?: string
}

let core: HttpCore
const received: Span[] = []
const bodies: string[] = []
const collector = createServer((incoming, answer) => {
  let text = ''
  incoming.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  incoming.on('end', () => {
    bodies.push(text)
    for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
      for (const { spans } of scopeSpans) received.push(...spans)
    }
    answer.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
})
beforeAll(async () => {
  core = await createHttpCore()
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  collector.close()
  await core.close()
})

it('goes on with the caller’s trace through a payment, and tells nothing of code, person or till', async () => {
  const { port } = collector.address() as AddressInfo
  const stop = await startTracing('core', { endpoint: `http://127.0.0.1:${port}`, ratio: 0 })
  const { personId } = await core.addPerson({ walletFen: 1000 })
  const code = await core.issueCode(personId)
  await core.call('pay', {
    body: { orderNo: 'traced', amountFen: 100, code },
    headers: { traceparent: PARENT },
  })
  // Another one, of whom nobody keeps the trace.
  await core.call('pay', {
    body: { orderNo: 'untraced', amountFen: 100, code: await core.issueCode(personId) },
  })
  await stop()
  expect(received.map(({ name }) => name).sort()).toEqual(['pay', 'pay_batch'])
  const [batch, call] = ['pay_batch', 'pay'].map((name) => received.find((s) => s.name === name))
  expect(call).toMatchObject({ traceId: TRACE_ID, parentSpanId: '00f067aa0ba902b7' })
  expect(batch).toMatchObject({ traceId: TRACE_ID, parentSpanId: call?.spanId })
  for (const secret of [code, personId, 'traced']) {
    expect(bodies.join().includes(secret)).toBe(false)
  }
})

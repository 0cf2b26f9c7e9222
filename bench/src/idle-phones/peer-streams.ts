/**
 * The peer: a bare node:http server that holds a stream for whoever asks. It reads the same feed by long poll,
 * writes the same events and heartbeats, and knows neither sessions, proofs, signatures, resuming nor limits.
 */
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { sayReady } from '../lib/questions.ts'

const HEARTBEAT_MS = 15_000
const streams = new Map<string, ServerResponse>()
const core = new Pool(process.env.CORE_URL ?? '')

const server = createServer((incoming, outgoing) => {
  const person = incoming.url?.slice(1) ?? ''
  streams.set(person, outgoing)
  outgoing.on('close', () => {
    if (streams.get(person) === outgoing) streams.delete(person)
  })
  outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  outgoing.write(':\n\n')
})
server.listen(0, '127.0.0.1', () => sayReady((server.address() as { port: number }).port))
setInterval(() => {
  for (const stream of streams.values()) stream.write(':\n\n')
}, HEARTBEAT_MS)
await follow()

interface Page {
  events: { schoolId: string; personId: string; cursor: string }[]
  cursor: string
}

async function follow(): Promise<void> {
  let query = ''
  while (true) {
    const response = await core.request({ method: 'GET', path: `/v1/events${query}` })
    const page = (await response.body.json()) as Page
    query = `?after=${page.cursor}&waitSeconds=25`
    for (const { schoolId, personId, ...event } of page.events) {
      const stream = streams.get(`${schoolId}/${personId}`)
      stream?.write(`id: ${event.cursor}\nevent: person\ndata: ${JSON.stringify(event)}\n\n`)
    }
    if (page.events.length === 0) await sleep(0)
  }
}

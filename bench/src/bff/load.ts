/** Phones that call as fast as they are answered, each with its own key, session and proofs. */
import type { Socket } from 'node:net'
import { onQuestion, sayReady } from '../lib/questions.ts'
import { openPhone, type Phone } from './phone.ts'
import { createCutter, openSocket, type RawMessage } from './raw-http.ts'

/** Below what the BFF allows one person (20 a second) as long as it answers fewer than 20,000 a second. */
const PHONES = 1_000
const IN_FLIGHT = 32

export interface SliceOrder {
  port: number
  ms: number
}

export interface SliceResult {
  answered: number
  seconds: number
}

const phones: Phone[] = []
const idle = new Map<number, Socket[]>()
let requests: Buffer[] = []
let next = 0

onQuestion('open', async (bff: number) => {
  while (phones.length < PHONES) {
    phones.push(await openPhone(bff, '1001', String(phones.length + 1)))
  }
})
/** New proofs; as they last a minute, some slices may share them. Half read their card, half ask for a code. */
onQuestion('prove', () => {
  requests = phones.map((phone, at) =>
    at % 2
      ? phone.write('POST', '/v1/me/codes', '{"account":"wallet","keepEarlier":true}')
      : phone.write('GET', '/v1/me/card'),
  )
})
onQuestion('slice', runSlice)
/** A proof that was changed on the way. */
onQuestion('forge', async (port: number) => {
  const forged = Buffer.from(requests[0] as Buffer)
  const at = forged.indexOf('\r\norigin: ') - 10
  forged.write(forged[at] === 65 ? 'B' : 'A', at)
  const socket = await openSocket(port)
  const status = await new Promise<number>((resolve) => {
    socket.on(
      'data',
      createCutter((message) => resolve(statusOf(message))),
    )
    socket.write(forged)
  })
  socket.destroy()
  return status
})
sayReady(undefined)

async function runSlice({ port, ms }: SliceOrder): Promise<SliceResult> {
  const sockets = (idle.get(port) ?? []).filter((socket) => !socket.closed)
  idle.set(port, sockets)
  while (sockets.length < IN_FLIGHT) sockets.push(await openSocket(port))
  const startedAt = performance.now()
  let answered = 0
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          const send = () => {
            next = (next + 1) % requests.length
            socket.write(requests[next] as Buffer)
          }
          const cut = createCutter((message) => {
            if (statusOf(message) >= 300) return reject(new Error(message.head))
            answered++
            if (performance.now() - startedAt < ms) return send()
            socket.off('data', cut).off('close', fail)
            resolve()
          })
          const fail = () => reject(new Error('A connection was closed'))
          socket.on('data', cut).on('close', fail)
          send()
        }),
    ),
  )
  return { answered, seconds: (performance.now() - startedAt) / 1000 }
}

function statusOf({ head }: RawMessage): number {
  return Number(head.slice(9, 12))
}

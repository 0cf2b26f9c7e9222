/** Many phones that hold a stream at the BFF and one at the peer, and say when an event has reached them. */
import type { Socket } from 'node:net'
import { openPhone, type Phone } from '../bff/phone.ts'
import { openSocket } from '../bff/raw-http.ts'
import { onQuestion, sayReady } from '../lib/questions.ts'

export interface Membership {
  bff: number
  schoolId: string
  firstCardNo: number
  count: number
}

export interface Joining {
  port: number
  /** The peer knows nobody, so it is told in the path who listens. */
  named: boolean
  count: number
}

const AT_ONCE = 32
const STREAM = '/v1/me/event-stream'

const phones: Phone[] = []
const sockets = new Map<number, Socket[]>()
/** Per port: how many events have come, and whoever waits for more. */
const counters = new Map<number, { count: number; reached: () => void }>()

onQuestion('open', async ({ bff, schoolId, firstCardNo, count }: Membership) => {
  await spread(count, async (at) => {
    phones.push(await openPhone(bff, schoolId, String(firstCardNo + at)))
  })
})
onQuestion('people', () => phones.map(({ schoolId, personId }) => ({ schoolId, personId })))
onQuestion('join', async ({ port, named, count }: Joining) => {
  const joined: Socket[] = []
  sockets.set(port, joined)
  const counter = { count: 0, reached: () => {} }
  counters.set(port, counter)
  await spread(count, async (at) => {
    const phone = phones[at] as Phone
    const request = phone.write('GET', STREAM).toString('latin1')
    const path = `/${phone.schoolId}/${phone.personId}`
    const socket = await openSocket(port)
    joined.push(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => reject(new Error('A stream was not opened')))
      socket.once('data', (chunk) => {
        if (chunk.includes(' 200 ')) resolve()
        else reject(new Error(chunk.toString()))
      })
      socket.write(named ? request.replace(STREAM, path) : request, 'latin1')
    })
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.includes('event: person')) return
      counter.count++
      counter.reached()
    })
  })
})
onQuestion('leave', (port: number) => {
  for (const socket of sockets.get(port) ?? []) socket.destroy()
  sockets.delete(port)
})
/** Answers when as many more events have come: in ns, on the clock that all processes of a machine share. */
onQuestion('hear', ({ port, count }: { port: number; count: number }) => {
  const counter = counters.get(port)
  if (!counter) throw new Error('Nobody listens there')
  counter.count = 0
  return new Promise<number>((resolve) => {
    counter.reached = () => {
      if (counter.count === count) resolve(Number(process.hrtime.bigint()))
    }
  })
})
sayReady(undefined)

async function spread(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
}

import {
  type FaceCheck,
  type FaceCheckRequest,
  faceCheckSchema,
  realNamePortPaths,
} from '@campus-ecode/protocol/real-name-port'
import type { PortAnswer } from './debit-port.ts'
import { aboutThis, type Closable, fill } from './http-ports.ts'
import { probeWhileSilent } from './probe-while-silent.ts'
import { createSignedClient, type PortConfig } from './signed-client.ts'

/** A person is waiting for the page that asks, which asks again by itself. */
const QUERY_DEADLINE_MS = 1_500

/** Whoever proves real names by face with liveness. */
export interface RealNamePort {
  /** Repeating a reference with the same content is harmless. */
  start(request: FaceCheckRequest): Promise<PortAnswer<FaceCheck>>
  query(reference: string): Promise<PortAnswer<FaceCheck>>
}

export function createRealNamePort(config: PortConfig): RealNamePort & Closable {
  const client = createSignedClient(config)
  return {
    async start(request) {
      const { reference } = request
      const answer = await client.call({
        method: 'POST',
        path: realNamePortPaths.start,
        body: request,
        schema: faceCheckSchema,
      })
      return aboutThis(answer, { reference })
    },
    // Every page that waits asks every few seconds: a provider that hangs must not hold them all.
    query: probeWhileSilent(async (reference: string) => {
      const path = fill(realNamePortPaths.query, { reference })
      const schema = faceCheckSchema
      const deadlineMs = QUERY_DEADLINE_MS
      return aboutThis(await client.call({ method: 'GET', path, schema, deadlineMs }), {
        reference,
      })
    }),
    close: client.close,
  }
}

import {
  type FaceCheck,
  type FaceCheckRequest,
  faceCheckSchema,
  realNamePortPaths,
} from '@campus-ecode/protocol/real-name-port'
import type { PortAnswer } from './debit-port.ts'
import type { Closable } from './http-ports.ts'
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
  const { call, close } = createSignedClient(config)
  const { start, query } = realNamePortPaths
  return {
    start: (body) =>
      call({
        method: 'POST',
        path: start,
        about: { reference: body.reference },
        body,
        schema: faceCheckSchema,
      }),
    // Every page that waits asks every few seconds: a provider that hangs must not hold them all.
    query: probeWhileSilent((reference: string) =>
      call({
        method: 'GET',
        path: query,
        about: { reference },
        schema: faceCheckSchema,
        deadlineMs: QUERY_DEADLINE_MS,
      }),
    ),
    close,
  }
}

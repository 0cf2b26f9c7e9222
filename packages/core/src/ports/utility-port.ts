import type { UtilityAccount } from '@campus-ecode/protocol/utilities'
import {
  type PortTopUpState,
  portAccountSchema,
  type portFindAccountSchema,
  type portTopUpSchema,
  portTopUpStateSchema,
  utilityPortPaths,
} from '@campus-ecode/protocol/utility-port'
import type { z } from 'zod'
import type { PortAnswer } from './debit-port.ts'
import { aboutThis, type Closable, fill } from './http-ports.ts'
import { createSignedClient, type PortConfig } from './signed-client.ts'

/** Whoever sells electricity, water and network to dormitories (R39). */
export interface UtilityPort {
  findAccount(request: z.input<typeof portFindAccountSchema>): Promise<PortAnswer<UtilityAccount>>
  /** Repeating the same reference with the same content is harmless. */
  topUp(request: z.input<typeof portTopUpSchema>): Promise<PortAnswer<PortTopUpState>>
  query(reference: string): Promise<PortAnswer<PortTopUpState>>
  /** Makes sure that a top-up never happens, also one that never arrived; one that happened stays. */
  cancel(reference: string): Promise<PortAnswer<PortTopUpState>>
}

export function createUtilityPort(config: PortConfig): UtilityPort & Closable {
  const client = createSignedClient(config)
  const schema = portTopUpStateSchema
  return {
    async findAccount(request) {
      const answer = await client.call({
        method: 'POST',
        path: utilityPortPaths.findAccount,
        body: request,
        schema: portAccountSchema,
      })
      return aboutThis(answer, { accountNo: request.accountNo })
    },
    async topUp(request) {
      const { reference } = request
      const path = utilityPortPaths.topUp
      const answer = await client.call({ method: 'POST', path, body: request, schema })
      return aboutThis(answer, { reference })
    },
    async query(reference) {
      const path = fill(utilityPortPaths.query, { reference })
      return aboutThis(await client.call({ method: 'GET', path, schema }), { reference })
    },
    async cancel(reference) {
      const path = fill(utilityPortPaths.cancel, { reference })
      return aboutThis(await client.call({ method: 'POST', path, body: {}, schema }), { reference })
    },
    close: client.close,
  }
}

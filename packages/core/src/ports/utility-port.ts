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
import type { Closable } from './http-ports.ts'
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
  const { call, close } = createSignedClient(config)
  const { findAccount, topUp, query, cancel } = utilityPortPaths
  const schema = portTopUpStateSchema
  return {
    findAccount: (body) =>
      call({
        method: 'POST',
        path: findAccount,
        about: { accountNo: body.accountNo },
        body,
        schema: portAccountSchema,
      }),
    topUp: (body) =>
      call({ method: 'POST', path: topUp, about: { reference: body.reference }, body, schema }),
    query: (reference) => call({ method: 'GET', path: query, about: { reference }, schema }),
    cancel: (reference) =>
      call({ method: 'POST', path: cancel, about: { reference }, body: {}, schema }),
    close,
  }
}

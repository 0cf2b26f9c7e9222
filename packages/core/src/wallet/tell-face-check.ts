import type { providerRoutes } from '@campus-ecode/protocol/core-api'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type Context,
  isRefusal,
  type ProviderCaller,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { readFaceReference } from './face-reference.ts'
import { findFaceOwner } from './face-store.ts'
import { takeFaceResult } from './learn-face-check.ts'

type Route = (typeof providerRoutes)['tellFaceCheck']

/**
 * What the real-name provider tells of a check by itself. It is believed because it is signed with the
 * provider's own key; it may be lost or come twice, which harms nothing.
 *
 * Refuses: FACE_CHECK_UNKNOWN.
 */
export async function tellFaceCheck({
  body,
  services,
  claimNonce,
}: Context<Route, ProviderCaller>): Promise<Answer<Route> | Refusal> {
  const { reference, result } = body
  const check = readFaceReference(reference)
  if (!check) return refuse('FACE_CHECK_UNKNOWN')
  const { schoolId, bindingId } = check
  const taken = await inTransaction(services.db.pool, async (tx) => {
    await claimNonce(tx)
    const personId = await findFaceOwner(tx, schoolId, bindingId)
    if (personId === undefined) return refuse('FACE_CHECK_UNKNOWN')
    return takeFaceResult(tx, services, { schoolId, personId, bindingId }, result)
  })
  if (isRefusal(taken)) return taken
  services.wakeEvents()
  return { status: 200, body: {} }
}

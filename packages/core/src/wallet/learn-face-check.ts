import type { FaceCheckResult } from '@campus-ecode/protocol/real-name-port'
import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { findBinding } from './binding-store.ts'
import { faceReference } from './face-reference.ts'
import { markFaceDecided } from './face-store.ts'
import { type BindingParams, finishBinding, holdBinding } from './finish-binding.ts'

const statuses = { PASSED: 'passed', FAILED: 'failed', EXPIRED: 'expired' } as const

/**
 * Takes what came of a face check, once, and binds where the SMS code was there before it. What comes
 * again, late, or otherwise than before changes nothing. What keeps the card from being bound all the
 * same is told to whoever looks at the binding next.
 */
export async function takeFaceResult(
  tx: Tx,
  services: Services,
  params: BindingParams,
  result: FaceCheckResult,
): Promise<void> {
  const { schoolId, personId, bindingId } = params
  await lockPayer(tx, schoolId, personId)
  const binding = await findBinding(tx, schoolId, bindingId, personId)
  if (binding?.face_status !== 'pending') return
  await markFaceDecided(tx, schoolId, bindingId, binding.expired ? 'expired' : statuses[result])
  const held = await holdBinding(tx, params)
  if (!('refused' in held)) await finishBinding(tx, services, params, held)
}

/**
 * Asks the provider, because what it tells by itself may be lost, and takes what it answers.
 *
 * @returns The page where the person does the check, while there is something to do.
 */
export async function askFaceCheck(
  services: Services,
  params: BindingParams,
): Promise<string | null> {
  const { schoolId, bindingId } = params
  const answer = await services.ports.realName?.query(faceReference(schoolId, bindingId))
  if (!answer?.ok) {
    if (answer?.reason === 'REFUSED') {
      services.log.error({ bindingId, error: answer.error }, 'the provider tells no face check')
    }
    return null
  }
  const { result, pageUrl } = answer.value
  if (result === 'PENDING') return pageUrl
  await inTransaction(services.db.pool, (tx) => takeFaceResult(tx, services, params, result))
  services.wakeEvents()
  return null
}

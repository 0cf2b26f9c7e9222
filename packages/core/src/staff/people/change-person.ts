import { changeCardStatus, refuseInactiveCard } from '../../cards/card-status.ts'
import { lockCardOf } from '../../cards/lock-card.ts'
import { lockPayer, type PayerRow } from '../../cards/store.ts'
import { inTransaction, type Tx } from '../../db/database.ts'
import { removeDeviceOf } from '../../devices/remove-device.ts'
import { refuseForMoney } from '../../erasure/erase-person.ts'
import { findErasure } from '../../erasure/store.ts'
import { isRefusal, type Refusal, refuse, type Services } from '../../http/operation.ts'
import { endSignIns } from '../../sign-ins/end-wechat-sign-in.ts'
import { findCardToken } from '../../verifications/store.ts'
import { tellWallet } from '../../wallet/change-wallet.ts'
import { unbindWechat } from '../../wechat/end-wechat-binding.ts'
import type { AuditNote, StaffContext, StaffOutcome } from '../context.ts'
import { askForSecond } from '../tasks/store.ts'
import { deletePassword } from './store.ts'

type Owner = { schoolId: string; personId: string }

/** Done with its row in the log, or not at all; the person's own page and notices hear of it. */
async function change(
  ctx: {
    services: Services
    staff: { schoolId: string }
    params: { personId: string }
    body: { reason: string }
    about: AuditNote
    record(tx: Tx): Promise<void>
  },
  work: (tx: Tx, owner: Owner, payer: PayerRow) => Promise<Refusal | undefined>,
) {
  const { services, staff, params, body, about } = ctx
  const owner = { schoolId: staff.schoolId, personId: params.personId }
  about.reason = body.reason
  const refused = await inTransaction(services.db.pool, async (tx) => {
    const payer = await lockPayer(tx, owner.schoolId, owner.personId)
    if (!payer) return refuse('NOT_FOUND')
    about.personId = owner.personId
    const refusal = await work(tx, owner, payer)
    if (!refusal) await ctx.record(tx)
    return refusal
  })
  if (refused) return refused
  services.wakeEvents()
  return { status: 200, body: {} } as const
}

/** R6: without the phone. Refuses: NOT_FOUND, CARD_NOT_CLAIMED, CARD_CLOSED. */
export const lockCard = (ctx: StaffContext<'lockCard'>) =>
  change(ctx, (tx, owner) => lockCardOf(tx, ctx.services, owner))

/** Refuses: NOT_FOUND, CARD_NOT_CLAIMED, CARD_CLOSED. */
export const unlockCard = (ctx: StaffContext<'unlockCard'>) =>
  change(ctx, async (tx, owner, payer) => {
    if (payer.card_status !== 'locked') return refuseInactiveCard(payer.card_status)
    await changeCardStatus(tx, ctx.services, owner, { from: 'locked', to: 'active' })
    return undefined
  })

/**
 * R16: of somebody without a bank card, whom the bank cannot ask. Until another is set, by an SMS code to the
 * phone that the school holds, nothing can be paid or approved by a password.
 *
 * Refuses: NOT_FOUND, VERIFY_BY_BANK_CARD, PASSWORD_NOT_SET.
 */
export const resetPassword = (ctx: StaffContext<'resetPassword'>) =>
  change(ctx, async (tx, owner) => {
    const { schoolId, personId } = owner
    if (await findCardToken(tx, schoolId, personId)) return refuse('VERIFY_BY_BANK_CARD')
    if (!(await deletePassword(tx, schoolId, personId))) return refuse('PASSWORD_NOT_SET')
    await tellWallet(tx, ctx.services, owner, { change: 'password_reset' })
    return undefined
  })

/** R6. Refuses: NOT_FOUND, DEVICE_UNKNOWN. */
export const removeDevice = (ctx: StaffContext<'removeDevice'>) =>
  change(ctx, (tx, owner) => {
    const { deviceId } = ctx.params
    ctx.about.ref = `device/${deviceId}`
    return removeDeviceOf(tx, ctx.services, { ...owner, deviceId })
  })

/** R6, R27: neither signed in nor paying by WeChat any more. Refuses: NOT_FOUND. */
export const endWechat = (ctx: StaffContext<'endWechat'>) =>
  change(ctx, async (tx, owner) => {
    await endSignIns(tx, ctx.services, owner)
    await unbindWechat(tx, ctx.services, owner)
    return undefined
  })

/**
 * R42: asks a second person of the card office to delete somebody who has shown who they are. What stands against
 * it is told now, and looked at again then.
 *
 * Refuses: NOT_FOUND, BALANCE_NOT_ZERO, TRANSFER_PENDING, STAFF_TASK_DECIDED.
 */
export async function deletePerson(
  ctx: StaffContext<'deletePerson'>,
): StaffOutcome<'deletePerson'> {
  const { taskId, reason } = ctx.body
  const done = await change(ctx, async (tx, owner, payer) => {
    if ((await findErasure(tx, owner))?.erasedAt) return refuse('STAFF_TASK_DECIDED')
    const refused = await refuseForMoney(tx, owner, payer)
    if (refused) return refused
    ctx.about.ref = `task/${taskId} waits`
    const task = { taskId, kind: 'delete_person', personId: owner.personId, reason } as const
    const asked = await askForSecond(tx, ctx.staff, task)
    return asked === 'other' ? refuse('STAFF_TASK_DECIDED') : undefined
  })
  return isRefusal(done) ? done : { status: 202, body: {} }
}

import type { StaffPerson } from '@campus-ecode/protocol/staff-people'
import type { Queryable } from '../../db/database.ts'
import { findActiveDevices } from '../../devices/store.ts'
import { findErasure } from '../../erasure/store.ts'
import { refuse } from '../../http/operation.ts'
import { passwordState } from '../../passwords/store.ts'
import { unsealPerson } from '../../people/open-person.ts'
import { findLockReach } from '../../revocations/lock-reach.ts'
import { findSignIns, toSignIn } from '../../schools/sign-ins.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { findDeletionTask } from '../tasks/store.ts'
import { toListedPerson } from './find-people.ts'
import { findPerson } from './store.ts'

const SIGN_INS_COUNT = 10

/** A person as an office sees them. Refuses: NOT_FOUND. */
export async function getPerson(ctx: StaffContext<'getPerson'>): StaffOutcome<'getPerson'> {
  const { services, staff, params, about } = ctx
  const { pool } = services.db
  const { schoolId } = staff
  const { personId } = params
  const row = await findPerson(pool, schoolId, personId)
  if (!row) return refuse('NOT_FOUND')
  about.personId = personId
  const [password, devices, signIns, lockReach, { phone }, deletion] = await Promise.all([
    passwordState(pool, schoolId, personId),
    findActiveDevices(pool, schoolId, personId),
    findSignIns(pool, schoolId, personId, undefined, SIGN_INS_COUNT),
    findLockReach(pool, schoolId, personId, new Date(services.now())),
    unsealPerson(services, schoolId, personId, row.sealed),
    findDeletion(pool, { schoolId, personId }),
  ])
  return {
    status: 200,
    body: {
      ...toListedPerson(row),
      maskedPhone: phone ? `*** **** ${phone.slice(-4)}` : null,
      walletStatus: row.wallet_status,
      oneCardStatus: row.one_card_status,
      bankCardCount: row.bank_card_count,
      password,
      wechat: { signsIn: row.signs_in, pays: row.pays },
      devices: devices.map((device) => ({
        deviceId: device.device_id,
        label: device.label,
        enrolledAt: device.enrolled_at.toISOString(),
        lastContactAt: device.last_contact_at.toISOString(),
      })),
      signIns: signIns.map(toSignIn),
      lockReach,
      deletion,
    },
  }
}

async function findDeletion(
  on: Queryable,
  owner: { schoolId: string; personId: string },
): Promise<StaffPerson['deletion']> {
  const erasure = await findErasure(on, owner)
  if (erasure?.erasedAt) {
    const keptUntil = erasure.keepUntil?.toISOString() ?? null
    return { state: 'done', at: erasure.erasedAt.toISOString(), by: null, keptUntil }
  }
  const task = await findDeletionTask(on, owner.schoolId, owner.personId)
  if (!task) return null
  const { asked_at: at, asked_by_name: by } = task
  return { state: 'waiting', at: at.toISOString(), by, keptUntil: null }
}

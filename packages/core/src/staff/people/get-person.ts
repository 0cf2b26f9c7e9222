import { findActiveDevices } from '../../devices/store.ts'
import { refuse } from '../../http/operation.ts'
import { passwordState } from '../../passwords/store.ts'
import { unsealPerson } from '../../people/open-person.ts'
import { findLockReach } from '../../revocations/lock-reach.ts'
import { findSignIns, toSignIn } from '../../schools/sign-ins.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
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
  const [password, devices, signIns, lockReach, { phone }] = await Promise.all([
    passwordState(pool, schoolId, personId),
    findActiveDevices(pool, schoolId, personId),
    findSignIns(pool, schoolId, personId, undefined, SIGN_INS_COUNT),
    findLockReach(pool, schoolId, personId, new Date(services.now())),
    unsealPerson(services, schoolId, personId, row.sealed),
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
    },
  }
}

import type { Services } from '../http/operation.ts'
import type { StaffRow } from './account-store.ts'
import { findTotpStep } from './totp.ts'

type CredentialServices = Pick<Services, 'keys' | 'now'>
type Owner = Pick<StaffRow, 'school_id' | 'staff_id'>

/** As long for somebody without a password as for everybody. */
export async function checkPassword(
  { keys }: CredentialServices,
  row: StaffRow | undefined,
  password: string,
): Promise<boolean> {
  const context = passwordContext(row ?? { school_id: '', staff_id: '' })
  return (await keys.checkStaffPassword(context, password, row?.password_hash ?? null)) === 'right'
}

/** @returns The value of `staff.password_hash`. */
export function hashPassword(
  { keys }: Pick<Services, 'keys'>,
  owner: Owner,
  password: string,
): Promise<string> {
  return keys.hashStaffPassword(passwordContext(owner), password)
}

/** @returns The step of a code that is right now and newer than all that were used. */
export async function findStep(
  services: CredentialServices,
  row: StaffRow | undefined,
  totp: string,
): Promise<number | undefined> {
  if (!row?.sealed_totp) return undefined
  const secret = await openTotp(services, row)
  return findTotpStep(secret, totp, services.now(), row.last_totp_step)
}

/** @returns The value of `staff.sealed_totp`. */
export function sealTotp(
  { keys }: Pick<Services, 'keys'>,
  owner: Owner,
  secret: string,
): Promise<Uint8Array> {
  return keys.seal(totpContext(owner), secret)
}

export function openTotp({ keys }: Pick<Services, 'keys'>, row: StaffRow): Promise<string> {
  return keys.open(totpContext(row), row.sealed_totp ?? new Uint8Array())
}

const passwordContext = ({ school_id: schoolId, staff_id: staffId }: Owner) =>
  `staff-passwords/${schoolId}/${staffId}`
const totpContext = ({ school_id: schoolId, staff_id: staffId }: Owner) =>
  `staff-totp/${schoolId}/${staffId}`

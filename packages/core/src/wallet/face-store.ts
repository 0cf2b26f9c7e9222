import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** How often the worker asks after a check that nobody has told the end of. */
const ASK_AGAIN_SECONDS = 10

export type FaceStatus = 'pending' | 'passed' | 'failed' | 'expired'

const selectAsked = prepare<{ asked: 1 }>(
  'select 1 as asked from schools where school_id = $1 and face_at_binding',
)

/** Whether the school has wallets opened only after a face check. */
export async function isFaceAsked(on: Queryable, schoolId: string): Promise<boolean> {
  return (await selectAsked(on, [schoolId])).length > 0
}

const begin = prepare(
  `update card_bindings
      set face_status = 'pending', face_ask_at = now() + interval '${ASK_AGAIN_SECONDS} seconds'
    where school_id = $1 and binding_id = $2`,
)

/** Written before the provider is asked, so that whatever it tells finds something. */
export async function markFacePending(tx: Tx, schoolId: string, bindingId: string): Promise<void> {
  await begin(tx, [schoolId, bindingId])
}

const updateExpiry = prepare(
  'update card_bindings set face_expires_at = $3 where school_id = $1 and binding_id = $2',
)

export async function saveFaceExpiry(
  on: Queryable,
  schoolId: string,
  bindingId: string,
  expiresAt: Date,
): Promise<void> {
  await updateExpiry(on, [schoolId, bindingId, expiresAt])
}

const decide = prepare(
  `update card_bindings
      set face_status = $3, token = case when $3 = 'passed' then token end
    where school_id = $1 and binding_id = $2 and face_status = 'pending'`,
)

/** The first end that is told stays. */
export async function markFaceDecided(
  on: Queryable,
  schoolId: string,
  bindingId: string,
  status: Exclude<FaceStatus, 'pending'>,
): Promise<void> {
  await decide(on, [schoolId, bindingId, status])
}

const selectOwner = prepare<{ person_id: string }>(
  `select person_id from card_bindings
    where school_id = $1 and binding_id = $2 and face_status is not null`,
)

/** Whose check it is; undefined where there is none. */
export async function findFaceOwner(
  tx: Tx,
  schoolId: string,
  bindingId: string,
): Promise<string | undefined> {
  return (await selectOwner(tx, [schoolId, bindingId]))[0]?.person_id
}

const claim = prepare<{ school_id: string; binding_id: string; person_id: string; over: boolean }>(
  `update card_bindings b set face_ask_at = now() + interval '${ASK_AGAIN_SECONDS} seconds'
     from (select school_id, binding_id from card_bindings
            where face_status = 'pending' and face_ask_at <= now()
            order by face_ask_at limit $1 for update skip locked) due
    where b.school_id = due.school_id and b.binding_id = due.binding_id
   returning b.school_id, b.binding_id, b.person_id, b.expires_at <= now() as over`,
)

export interface DueFaceCheck {
  schoolId: string
  bindingId: string
  personId: string
  /** The binding's time is up: whatever is told now binds nothing. */
  over: boolean
}

/** Checks that are to be asked after now, each by one process. */
export async function claimDueFaceChecks(on: Queryable, max: number): Promise<DueFaceCheck[]> {
  return (await claim(on, [max])).map(({ school_id, binding_id, person_id, over }) => ({
    schoolId: school_id,
    bindingId: binding_id,
    personId: person_id,
    over,
  }))
}

const markChecked = prepare(
  'update wallets set face_checked_at = now() where school_id = $1 and person_id = $2',
)

/** R15: from now on the person counts as verified by face. */
export async function markFaceChecked(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await markChecked(tx, [schoolId, personId])
}

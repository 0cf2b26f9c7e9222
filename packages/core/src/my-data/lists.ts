import type { MyDataLists } from '@campus-ecode/protocol/my-data'
import { findAccessRecords, toAccessRecord } from '../access/record-store.ts'
import { toBillEntry } from '../bill/entry.ts'
import { findAllEntries } from '../bill/store.ts'
import { prepare, type Queryable } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'
import { toNotice } from '../notices/get-notices.ts'
import { findNotices } from '../notices/store.ts'
import { findSignIns, toSignIn } from '../schools/sign-ins.ts'

export type ListName = keyof MyDataLists
type Item<N extends ListName> = MyDataLists[N][number]

/** One row of a list as it is exported, and its place in the list. */
export interface Listed<N extends ListName> {
  place: Place
  item: Item<N>
}

type ReadList<N extends ListName> = (
  on: Queryable,
  schoolId: string,
  personId: string,
  after: Place | undefined,
  count: number,
) => Promise<Listed<N>[]>

/** How each list is read, newest first. No secret, and no hash of one, is selected anywhere here. */
export const readLists: { [N in ListName]: ReadList<N> } = {
  bankCards: listOf(
    { table: 'bank_cards', id: 'card_id', at: 'bound_at' },
    'bank_name, tail, unbound_at',
    (row: { bank_name: string; tail: string; unbound_at: Date | null }, { id, at }) => ({
      cardId: id,
      bankName: row.bank_name,
      tail: row.tail,
      boundAt: at,
      unboundAt: toInstant(row.unbound_at),
    }),
  ),
  devices: listOf(
    { table: 'devices', id: 'device_id', at: 'enrolled_at' },
    'label, status, last_contact_at',
    (
      row: { label: string; status: Item<'devices'>['status']; last_contact_at: Date },
      { id, at },
    ) => ({
      deviceId: id,
      label: row.label,
      status: row.status,
      enrolledAt: at,
      lastContactAt: row.last_contact_at.toISOString(),
    }),
  ),
  consents: listOf(
    { table: 'consents', id: 'consent_id', at: 'given_at' },
    'purpose, version, withdrawn_at',
    (
      row: { purpose: Item<'consents'>['purpose']; version: string; withdrawn_at: Date | null },
      { at },
    ) => ({
      purpose: row.purpose,
      version: row.version,
      givenAt: at,
      withdrawnAt: toInstant(row.withdrawn_at),
    }),
  ),
  payTokens: listOf(
    { table: 'payment_tokens', id: 'token_id', at: 'added_at' },
    'kind, removed_at',
    (row: { kind: Item<'payTokens'>['kind']; removed_at: Date | null }, { at }) => ({
      kind: row.kind,
      addedAt: at,
      removedAt: toInstant(row.removed_at),
    }),
  ),
  credentials: listOf(
    { table: 'access_credentials', id: 'credential_id', at: 'not_before' },
    'label, class, expires_at, revoked_at',
    (
      row: {
        label: string
        class: Item<'credentials'>['class']
        expires_at: Date
        revoked_at: Date | null
      },
      { id, at },
    ) => ({
      credentialId: id,
      label: row.label,
      class: row.class,
      notBefore: at,
      expiresAt: row.expires_at.toISOString(),
      revokedAt: toInstant(row.revoked_at),
    }),
  ),

  async accessRecords(...args) {
    const rows = await findAccessRecords(...args)
    return rows.map((row) => ({
      place: { atMicros: row.at_micros, id: row.record_id },
      item: toAccessRecord(row),
    }))
  },

  gatherings: listOf(
    { table: 'gatherings', id: 'gathering_id', at: 'starts_at', person: 'organiser_id' },
    'purpose, title, zone, classes, groups, ends_at',
    (
      row: Pick<Item<'gatherings'>, 'purpose' | 'title' | 'zone' | 'classes' | 'groups'> & {
        ends_at: Date
      },
      { id, at },
    ) => ({
      gatheringId: id,
      purpose: row.purpose,
      title: row.title,
      zone: row.zone,
      classes: row.classes,
      groups: row.groups,
      startsAt: at,
      endsAt: row.ends_at.toISOString(),
    }),
  ),

  async signIns(...args) {
    const rows = await findSignIns(...args)
    return rows.map((row) => ({
      place: { atMicros: row.at_micros, id: SIGN_IN_ID },
      item: toSignIn(row),
    }))
  },
  async notices(...args) {
    const rows = await findNotices(...args)
    return rows.map((row) => ({
      place: { atMicros: row.at_micros, id: row.notice_id },
      item: toNotice(row),
    }))
  },
  verifications: listOf(
    { table: 'verifications', id: 'verification_id', at: 'sent_at' },
    'means, confirmed_at, spent_at',
    (
      row: {
        means: Item<'verifications'>['means']
        confirmed_at: Date | null
        spent_at: Date | null
      },
      { at },
    ) => ({
      means: row.means,
      sentAt: at,
      confirmedAt: toInstant(row.confirmed_at),
      spentAt: toInstant(row.spent_at),
    }),
  ),
  approvals: listOf(
    { table: 'approvals', id: 'approval_id', at: 'created_at' },
    `action, case when status in ('waiting', 'approved') and expires_at <= now() then 'expired'
                  else status end as status`,
    (row: Pick<Item<'approvals'>, 'action' | 'status'>, { at }) => ({
      action: row.action,
      status: row.status,
      createdAt: at,
    }),
  ),
  showers: listOf(
    { table: 'water_sessions', id: 'session_id', at: 'started_at' },
    `session_no, total_ml, amount_fen, ended_at,
     (select m.name || ' ' || t.name from terminals t
        join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
       where t.school_id = water_sessions.school_id and t.terminal_id = water_sessions.terminal_id) as place`,
    (
      row: {
        session_no: string
        total_ml: number
        amount_fen: number | null
        ended_at: Date | null
        place: string
      },
      { at },
    ) => ({
      sessionNo: row.session_no,
      place: row.place,
      litresMl: row.total_ml,
      amountFen: row.amount_fen,
      startedAt: at,
      endedAt: toInstant(row.ended_at),
    }),
  ),
  utilityTopUps: listOf(
    { table: 'utility_top_ups', id: 'top_up_id', at: 'created_at' },
    `account_no, label, amount_fen, receipt,
     (select u.name from utilities u
       where u.school_id = utility_top_ups.school_id
         and u.utility_id = utility_top_ups.utility_id) as name`,
    (
      row: {
        account_no: string
        label: string
        amount_fen: number
        receipt: string | null
        name: string
      },
      { id, at },
    ) => ({
      topUpId: id,
      name: row.name,
      accountNo: row.account_no,
      label: row.label,
      amountFen: row.amount_fen,
      receipt: row.receipt,
      createdAt: at,
    }),
  ),
  async bill(...args) {
    const rows = await findAllEntries(...args)
    return rows.map((row) => ({
      place: { atMicros: row.at_micros, id: row.entry_id },
      item: toBillEntry(row),
    }))
  },
}

const SIGN_IN_ID = '00000000-0000-0000-0000-000000000000'

function toInstant(at: Date | null): string | null {
  return at?.toISOString() ?? null
}

/** A list that is a table's rows of the person. */
function listOf<N extends ListName, Row>(
  {
    table,
    id,
    at,
    person = 'person_id',
  }: { table: string; id: string; at: string; person?: string },
  columns: string,
  toItem: (row: Row, given: { id: string; at: string }) => Item<N>,
): ReadList<N> {
  const select = prepare<Row & { place_id: string; place_at: Date; at_micros: number }>(
    `select ${id} as place_id, ${at} as place_at, ${microsOf(at)} as at_micros, ${columns}
       from ${table}
      where school_id = $1 and ${person} = $2 and ${isBeyond(at, id, '$3', '$4')}
      order by ${at} desc, ${id} desc limit $5`,
  )
  return async (on, schoolId, personId, after, count) => {
    const values = [schoolId, personId, after?.atMicros ?? null, after?.id ?? null, count]
    return (await select(on, values)).map((row) => ({
      place: { atMicros: row.at_micros, id: row.place_id },
      item: toItem(row, { id: row.place_id, at: row.place_at.toISOString() }),
    }))
  }
}

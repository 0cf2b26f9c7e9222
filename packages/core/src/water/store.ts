import type { PriceRule, WaterTariff } from '@campus-ecode/protocol/campus'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type { MyWater } from '@campus-ecode/protocol/water'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export type WaterEnd = NonNullable<NonNullable<MyWater['session']>['endedBy']>

/** A session of a shower. */
export interface SessionKey {
  schoolId: string
  terminalId: string
  sessionNo: string
}

export interface SessionRow {
  school_id: string
  terminal_id: string
  session_no: string
  /** Its payment's id too. */
  session_id: string
  content_hash: Buffer
  person_id: string
  merchant_id: string
  class: PersonClass
  masked_name: string
  status: 'RUNNING' | 'ENDED'
  hold_fen: number
  fen_per_10_litres: number
  litres_per_minute_max: number
  rule: PriceRule | null
  max_ml: number
  spent_on: string
  total_ml: number
  last_seq: number
  amount_fen: number | null
  ended_by: WaterEnd | null
  started_at: Date
  ended_at: Date | null
  /** Since the start, by the clock that also ends it. */
  running_seconds: number
  /** Since the newest reading, or the start. */
  silent_seconds: number
  /** Since a reading last was more than the one before, or the start. */
  dry_seconds: number
}

const COLUMNS = `w.*, extract(epoch from clock_timestamp() - w.started_at)::float8 as running_seconds,
  extract(epoch from clock_timestamp() - w.heard_at)::float8 as silent_seconds,
  extract(epoch from clock_timestamp() - w.flowed_at)::float8 as dry_seconds`
const BY_KEY = 'w.school_id = $1 and w.terminal_id = $2 and w.session_no = $3'

const select = prepare<SessionRow>(`select ${COLUMNS} from water_sessions w where ${BY_KEY}`)
const selectForUpdate = prepare<SessionRow>(
  `select ${COLUMNS} from water_sessions w where ${BY_KEY} for update`,
)

export async function findSession(
  on: Queryable,
  { schoolId, terminalId, sessionNo }: SessionKey,
): Promise<SessionRow | undefined> {
  return (await select(on, [schoolId, terminalId, sessionNo]))[0]
}

/** Lock order: whoever also locks the payer has done so before. */
export async function lockSession(
  tx: Tx,
  { schoolId, terminalId, sessionNo }: SessionKey,
): Promise<SessionRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, terminalId, sessionNo]))[0]
}

const selectRunningForUpdate = prepare<SessionRow>(
  `select ${COLUMNS} from water_sessions w
    where w.school_id = $1 and w.person_id = $2 and w.status = 'RUNNING' for update`,
)

/** The person's running shower; to be called under the payer's lock, which whoever begins one holds too. */
export async function lockRunningSession(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<SessionRow | undefined> {
  return (await selectRunningForUpdate(tx, [schoolId, personId]))[0]
}

const selectLatest = prepare<SessionRow & { place: string }>(
  `select ${COLUMNS}, m.name || ' ' || t.name as place
     from water_sessions w
     join terminals t on t.school_id = w.school_id and t.terminal_id = w.terminal_id
     join merchants m on m.school_id = w.school_id and m.merchant_id = w.merchant_id
    where w.school_id = $1 and w.person_id = $2
      and (w.status = 'RUNNING' or w.ended_at > now() - interval '10 minutes')
    order by w.status = 'RUNNING' desc, w.ended_at desc limit 1`,
)

/** The running one, or the last that ended a moment ago. */
export async function findLatestSession(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<(SessionRow & { place: string }) | undefined> {
  return (await selectLatest(on, [schoolId, personId]))[0]
}

const selectAtTerminal = prepare<SessionRow>(
  `select ${COLUMNS} from water_sessions w
    where w.school_id = $1 and w.terminal_id = $2 and w.session_no <> $3 and w.status = 'RUNNING'`,
)

/** What still runs where another shower is about to begin. */
export async function findOthersAt(
  on: Queryable,
  { schoolId, terminalId, sessionNo }: SessionKey,
): Promise<SessionRow[]> {
  return selectAtTerminal(on, [schoolId, terminalId, sessionNo])
}

const lockPlace = prepare('select pg_advisory_xact_lock(hashtextextended($1, 0))')
/** Whoever begins a shower at a valve is alone there until the transaction ends. Before the payer's lock. */
export async function lockValve(tx: Tx, { schoolId, terminalId }: SessionKey): Promise<void> {
  await lockPlace(tx, [`water/${schoolId}/${terminalId}`])
}

const selectIdle = prepare<SessionRow>(
  `select ${COLUMNS} from water_sessions w
    where w.status = 'RUNNING' and (w.heard_at < now() - make_interval(secs => $1)
                                or w.flowed_at < now() - make_interval(secs => $2))
    order by w.heard_at limit $3`,
)

/** Sessions whose controllers have fallen silent, or in which nothing flows. */
export async function findIdleSessions(
  on: Queryable,
  { leaseSeconds, restSeconds }: { leaseSeconds: number; restSeconds: number },
  countMax: number,
): Promise<SessionRow[]> {
  return selectIdle(on, [leaseSeconds, restSeconds, countMax])
}

const updateReading = prepare(
  `update water_sessions
      set total_ml = $4, last_seq = $5, heard_at = now(),
          flowed_at = case when total_ml < $4 then now() else flowed_at end
    where school_id = $1 and terminal_id = $2 and session_no = $3`,
)

export async function saveReading(
  tx: Tx,
  { schoolId, terminalId, sessionNo }: SessionKey,
  totalMl: number,
  seq: number,
): Promise<void> {
  await updateReading(tx, [schoolId, terminalId, sessionNo, totalMl, seq])
}

const insert = prepare<SessionRow>(
  `insert into water_sessions as w (school_id, terminal_id, session_no, session_id, content_hash, person_id,
                                    merchant_id, class, masked_name, hold_fen, fen_per_10_litres,
                                    litres_per_minute_max, rule, max_ml, spent_on)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
   returning ${COLUMNS}`,
)

export type NewSession = Pick<
  SessionRow,
  | 'school_id'
  | 'terminal_id'
  | 'session_no'
  | 'session_id'
  | 'person_id'
  | 'merchant_id'
  | 'class'
  | 'masked_name'
  | 'hold_fen'
  | 'fen_per_10_litres'
  | 'litres_per_minute_max'
  | 'rule'
  | 'max_ml'
  | 'spent_on'
> & { content_hash: Uint8Array }

export async function insertSession(tx: Tx, row: NewSession): Promise<SessionRow> {
  const [inserted] = await insert(tx, [
    row.school_id,
    row.terminal_id,
    row.session_no,
    row.session_id,
    row.content_hash,
    row.person_id,
    row.merchant_id,
    row.class,
    row.masked_name,
    row.hold_fen,
    row.fen_per_10_litres,
    row.litres_per_minute_max,
    row.rule && JSON.stringify(row.rule),
    row.max_ml,
    row.spent_on,
  ])
  if (!inserted) throw new Error('a shower was not written')
  return inserted
}

// By the clock of its readings: the transaction may have begun before the last of them.
const updateEnd = prepare(
  `update water_sessions
      set status = 'ENDED', total_ml = $4, amount_fen = $5, ended_by = $6, ended_at = clock_timestamp()
    where school_id = $1 and terminal_id = $2 and session_no = $3`,
)

export async function saveEnd(
  tx: Tx,
  row: SessionRow,
  end: { totalMl: number; amountFen: number; endedBy: WaterEnd },
): Promise<void> {
  const { school_id, terminal_id, session_no } = row
  const { totalMl, amountFen, endedBy } = end
  await updateEnd(tx, [school_id, terminal_id, session_no, totalMl, amountFen, endedBy])
}

const insertPaid = prepare<{ inserted: 1 }>(
  `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                         person_id, class, masked_name, list_fen, amount_fen, rule, account, channel,
                         spent_on, paid_at, settled_at, means)
   values ($1, $2, $3, $4, $5, 'PAID', $6, $7, $8, $9, $10, $11, $12, 'wallet', 'wallet', $13,
           now(), now(), 'water')
   on conflict do nothing
   returning 1 as inserted`,
)

/** @returns false when the order was reversed before it came about (R33). */
export async function insertWaterPayment(
  tx: Tx,
  row: SessionRow,
  cost: { listFen: number; amountFen: number; rule: object | null },
): Promise<boolean> {
  const rows = await insertPaid(tx, [
    row.school_id,
    row.terminal_id,
    row.session_no,
    row.session_id,
    row.content_hash,
    row.merchant_id,
    row.person_id,
    row.class,
    row.masked_name,
    cost.listFen,
    cost.amountFen,
    cost.rule && JSON.stringify(cost.rule),
    row.spent_on,
  ])
  return rows.length > 0
}

/** A shower's place, price and state. */
export interface ShowerRow {
  enabled: boolean
  paused_until: Date | null
  locked_at: Date | null
  bad_streak: number
  water: WaterTariff | null
  merchant_id: string
  accepting: boolean
  price_rules: PriceRule[]
}

const selectShower = prepare<ShowerRow>(
  `select t.enabled, t.paused_until, t.locked_at, t.bad_streak, t.water,
          m.merchant_id, m.accepting, m.price_rules
     from terminals t
     join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
    where t.school_id = $1 and t.terminal_id = $2`,
)

export async function findShower(
  on: Queryable,
  schoolId: string,
  terminalId: string,
): Promise<ShowerRow | undefined> {
  return (await selectShower(on, [schoolId, terminalId]))[0]
}

const selectBather = prepare<{
  class: PersonClass
  masked_name: string
  today: string
  spent_today_fen: number
}>(
  `select p.class, p.masked_name, today.day as today,
          case when y.spent_on = today.day then y.spent_fen else 0 end as spent_today_fen
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    cross join (select (clock_timestamp() at time zone 'Asia/Shanghai')::date as day) today
    where p.school_id = $1 and p.person_id = $2`,
)

/** Class, name for controllers, and the day's spending; under the payer's lock. */
export async function findBather(tx: Tx, schoolId: string, personId: string) {
  const [row] = await selectBather(tx, [schoolId, personId])
  if (!row) throw new Error('a water password is nobody’s')
  return row
}

const countSpending = prepare(
  'update payers set spent_on = $3, spent_fen = $4 where school_id = $1 and person_id = $2',
)

/** What counts against the limit of a day (R15), under the payer's lock. */
export async function saveSpending(
  tx: Tx,
  schoolId: string,
  personId: string,
  day: string,
  spentFen: number,
): Promise<void> {
  await countSpending(tx, [schoolId, personId, day, spentFen])
}

const selectShowers = prepare<{ place: string; water: WaterTariff }>(
  `select m.name || ' ' || t.name as place, t.water
     from terminals t
     join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
     join people p on p.school_id = t.school_id and p.person_id = $2
    where t.school_id = $1 and t.kind = 'shower' and t.enabled and t.water is not null and m.accepting
      and (m.campus is null or p.campus is null or m.campus = p.campus)
    order by m.name, t.name`,
)

/** The showers of the person's campus (R40). */
export async function findShowersFor(on: Queryable, schoolId: string, personId: string) {
  return selectShowers(on, [schoolId, personId])
}

import { prepare, type Queryable, type Tx } from '../../db/database.ts'

const selectMerchants = prepare<{
  merchant_id: string
  name: string
  campus: string | null
  accepting: boolean
  terminal_count: number
}>(
  `select m.merchant_id, m.name, m.campus, m.accepting,
          (select count(*) from terminals t
            where t.school_id = m.school_id and t.merchant_id = m.merchant_id) as terminal_count
     from merchants m where m.school_id = $1 order by m.name`,
)
export async function findMerchants(on: Queryable, schoolId: string) {
  return selectMerchants(on, [schoolId])
}

const updateMerchant = prepare<{ name: string }>(
  'update merchants set accepting = $3 where school_id = $1 and merchant_id = $2 returning name',
)
const updateTerminal = prepare<{ name: string }>(
  // Whoever switches it on has seen to the wrong codes as well.
  `update terminals
      set enabled = $3,
          paused_until = case when $3 then null else paused_until end,
          locked_at = case when $3 then null else locked_at end
    where school_id = $1 and terminal_id = $2 returning name`,
)
const updateGate = prepare<{ name: string }>(
  'update gates set enabled = $3 where school_id = $1 and gate_id = $2 returning name',
)
const updates = { merchant: updateMerchant, terminal: updateTerminal, gate: updateGate }

/** @returns What it is called; undefined when there is none. */
export async function switchPlace(
  tx: Tx,
  what: keyof typeof updates,
  schoolId: string,
  id: string,
  on: boolean,
): Promise<string | undefined> {
  return (await updates[what](tx, [schoolId, id, on]))[0]?.name
}

const selectTerminals = prepare<{
  terminal_id: string
  name: string
  merchant_name: string
  kind: 'till' | 'online' | 'shower' | 'utility'
  enabled: boolean
  last_contact_at: Date | null
  paused_until: Date | null
  locked: boolean
}>(
  `select t.terminal_id, t.name, m.name as merchant_name, t.kind, t.enabled, t.last_contact_at,
          case when t.paused_until > now() then t.paused_until end as paused_until,
          coalesce(t.locked_at > now() - interval '15 minutes', false) as locked
     from terminals t join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
    where t.school_id = $1 and t.kind <> 'utility' order by m.name, t.name`,
)
/** A utility's is nobody's device. */
export async function findTerminals(on: Queryable, schoolId: string) {
  return selectTerminals(on, [schoolId])
}

const selectGates = prepare<{
  gate_id: string
  name: string
  campus: string | null
  zone: string
  enabled: boolean
  last_contact_at: Date | null
  list_seq: number
  lists_behind: number
  keys_behind: boolean
  stale_list: 'open' | 'closed'
}>(
  `select g.gate_id, g.name, g.campus, g.zone, g.enabled, g.last_contact_at, g.list_seq, g.stale_list,
          greatest(0, coalesce(a.list_seq, 0) - g.list_seq) as lists_behind,
          g.keys_seq < coalesce(a.keys_seq, 0) as keys_behind
     from gates g left join access_state a on a.school_id = g.school_id
    where g.school_id = $1 order by g.enabled desc, g.name`,
)
export async function findGates(on: Queryable, schoolId: string) {
  return selectGates(on, [schoolId])
}

// A payment's id begins with its time, so the hour is a range of the index of ids.
const selectMinutes = prepare<{
  minute: Date
  status: string
  refusal: string | null
  count: number
  fen: number
}>(
  `select date_trunc('minute', created_at) as minute, status, refusal, count(*) as count,
          coalesce(sum(amount_fen), 0)::bigint as fen
     from payments where payment_id >= $2 and school_id = $1
    group by 1, 2, 3`,
)
export async function findMinutes(on: Queryable, schoolId: string, firstId: string) {
  return selectMinutes(on, [schoolId, firstId])
}

const selectUnknown = prepare<{ oldest: Date | null; count: number }>(
  `select min(created_at) as oldest, count(*) as count from external_movements
    where state = 'open' and school_id = $1 and kind = 'debit' and created_at < now() - interval '30 seconds'`,
)
/** Debits that nobody knows the outcome of. */
export async function findUnknown(on: Queryable, schoolId: string) {
  return (await selectUnknown(on, [schoolId]))[0]
}

export interface PortRow {
  port: string
  asked_count: number
  declined_count: number
  open_count: number
  oldest_open_at: Date | null
  last_answer_at: Date | null
  median_ms: number | null
}

// The hour's by the key, which begins with school and time; what is open by its own index, whatever its age.
const selectPorts = prepare<PortRow>(
  `with recent as (
     select port, outcome, created_at, settled_at from external_movements
      where school_id = $1 and movement_id >= $2
   ),
   open as (
     select port, count(*) as open_count, min(created_at) as oldest_open_at from external_movements
      where state = 'open' and school_id = $1 group by port
   )
   select coalesce(r.port, o.port) as port, coalesce(r.asked_count, 0) as asked_count,
          coalesce(r.declined_count, 0) as declined_count, coalesce(o.open_count, 0) as open_count,
          o.oldest_open_at, r.last_answer_at, r.median_ms
     from (select port, count(*) as asked_count, count(*) filter (where outcome = 'declined') as declined_count,
                  max(settled_at) as last_answer_at,
                  (percentile_cont(0.5) within group (order by extract(epoch from settled_at - created_at)) * 1000
                  )::float8 as median_ms
             from recent group by port) r
     full join open o on o.port = r.port
    order by 1`,
)
export async function findPorts(on: Queryable, schoolId: string, firstId: string) {
  return selectPorts(on, [schoolId, firstId])
}

import type { MyWater, WaterSession } from '@campus-ecode/protocol/water'
import { costOf, LEASE_SECONDS, type Terms } from './rules.ts'
import type { SessionRow } from './store.ts'

/** A session as its controller sees it. */
export function toWaterSession(row: SessionRow): WaterSession {
  return {
    ...describeSession(row),
    maxMl: row.max_ml,
    lastSeq: row.last_seq,
    leaseSeconds: LEASE_SECONDS,
  }
}

/** A session as the person sees it. */
export function toMySession(row: (SessionRow & { place: string }) | undefined): MyWater['session'] {
  return row ? { ...describeSession(row), place: row.place } : null
}

function describeSession(row: SessionRow) {
  return {
    sessionNo: row.session_no,
    status: row.status,
    holdFen: row.hold_fen,
    litresMl: row.total_ml,
    amountFen: row.amount_fen ?? costOf(termsOf(row), row.total_ml).amountFen,
    endedBy: row.ended_by,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }
}

export function termsOf(row: SessionRow): Terms {
  return {
    fenPer10Litres: row.fen_per_10_litres,
    holdFen: row.hold_fen,
    class: row.class,
    rule: row.rule,
  }
}

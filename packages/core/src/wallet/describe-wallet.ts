import type { Wallet } from '@campus-ecode/protocol/wallet'
import type { Services } from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { findPendingTransfers } from '../transfers/store.ts'
import { findBoundCards } from './card-store.ts'
import { REOPENS_MAX, UNBINDS_MAX } from './rules.ts'
import { findWallet } from './store.ts'

/** The wallet as its own screen shows it; undefined for a person who does not exist. */
export async function describeWallet(
  { db: { pool } }: Pick<Services, 'db'>,
  { schoolId, personId }: { schoolId: string; personId: string },
): Promise<Wallet | undefined> {
  const row = await findWallet(pool, schoolId, personId)
  if (!row) return undefined
  const cards = await findBoundCards(pool, schoolId, personId)
  return {
    status: row.wallet_status,
    balanceFen: row.wallet_status === 'not_open' ? null : row.wallet_fen,
    cards: cards.map((card) => ({
      cardId: card.card_id,
      bankName: card.bank_name,
      tail: card.tail,
      isDefault: card.card_id === row.bank_card_id,
      boundAt: card.bound_at.toISOString(),
    })),
    unbindsLeft: UNBINDS_MAX - row.unbind_count,
    reopensLeft: REOPENS_MAX - row.reopen_count,
    pending: await findPendingTransfers(pool, schoolId, personId),
    limits: {
      singleFen: row.single_limit_fen,
      dailyFen: row.daily_limit_fen,
      spentTodayFen: row.spent_today_fen,
      ceilingFen: row.limit_ceiling_fen,
    },
    agreement: {
      signedAt: row.agreement_signed_at?.toISOString() ?? null,
      urged: row.agreement_urged,
    },
    password: await passwordState(pool, schoolId, personId),
    needsFace: row.needs_face,
    bindingId: row.binding_id,
  }
}

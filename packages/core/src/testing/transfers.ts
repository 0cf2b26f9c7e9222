import type { Transfer } from '@campus-ecode/protocol/wallet'
import { v7 } from 'uuid'
import type { PersonContext, Refusal, Services } from '../http/operation.ts'
import { getTransfer } from '../transfers/get-transfer.ts'
import { topUp } from '../transfers/top-up.ts'
import { withdraw } from '../transfers/withdraw.ts'
import { approve } from './approvals.ts'
import { SCHOOL, type TestCampus } from './campus.ts'

export interface TransferOptions {
  amountFen?: number
  transferId?: string
  /** By default the person's bound card. */
  cardId?: string
  /** By default one that was given for exactly this. */
  approvalId?: string
}

/** Top-ups and withdrawals as the HTTP layer hands them to their operations. */
export function createTransferCalls(campus: TestCampus, services: Services = campus.services) {
  async function start(kind: Transfer['kind'], personId: string, options: TransferOptions = {}) {
    const { amountFen = 1000, transferId = v7() } = options
    const cardId = options.cardId ?? (await findCard(personId))
    const action = { kind, transferId, cardId, amountFen }
    const approvalId = options.approvalId ?? (await approve(campus, personId, action))
    const context = {
      params: { schoolId: SCHOOL, personId },
      body: { transferId, cardId, amountFen, approvalId },
      services,
      claimNonce: async () => {},
    }
    return kind === 'top_up'
      ? topUp(context as unknown as PersonContext<'topUp'>)
      : withdraw(context as unknown as PersonContext<'withdraw'>)
  }

  async function findCard(personId: string): Promise<string> {
    const { rows } = await campus.db.pool.query(
      'select card_id from bank_cards where person_id = $1 and unbound_at is null limit 1',
      [personId],
    )
    return rows[0]?.card_id ?? v7()
  }

  return {
    start,
    topUp: (personId: string, options?: TransferOptions) => start('top_up', personId, options),
    withdraw: (personId: string, options?: TransferOptions) =>
      start('withdrawal', personId, options),
    async get(personId: string, transferId: string): Promise<Transfer> {
      const params = { schoolId: SCHOOL, personId, transferId }
      return transferOf(
        await getTransfer({ params, services } as unknown as PersonContext<'getTransfer'>),
      )
    },
  }
}

/** The transfer in an answer; fails the test on a refusal. */
export function transferOf(answer: { status: number; body: Transfer } | Refusal): Transfer {
  if ('refused' in answer) throw new Error(`refused: ${answer.refused}`)
  return answer.body
}

import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { TransferWish } from './transfers.ts'

/** What the keypad page leaves behind when somebody has typed the right payment password (R16). */
export interface Approvals {
  /** Undefined while PostgreSQL is away. */
  approve(wish: Omit<TransferWish, 'approvalId'>): Promise<string | undefined>
  close(): Promise<void>
}

/** Written straight into the database: who types what is not played here. */
export function openApprovals(connection: pg.ClientConfig, schoolId: string): Approvals {
  const pool = new pg.Pool({ ...connection, max: 2 })
  pool.on('error', () => {})
  return {
    async approve({ verb: kind, person, transferId, cardId, amountFen }) {
      const approvalId = randomUUID()
      const action = JSON.stringify({ kind, transferId, cardId, amountFen })
      try {
        await pool.query(
          `insert into approvals (school_id, approval_id, person_id, action, return_to, ticket_hash,
                                  challenge, status, expires_at)
           values ($1, $2, $3, $4, '', $5, $5, 'approved', now() + interval '1 hour')`,
          [schoolId, approvalId, person.id, action, randomBytes(32)],
        )
        return approvalId
      } catch {
        return undefined
      }
    },
    close: () => pool.end(),
  }
}

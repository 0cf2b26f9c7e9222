import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { prepare } from '../db/database.ts'
import {
  type Answer,
  type Context,
  type Refusal,
  refuse,
  type TerminalCaller,
} from '../http/operation.ts'

type GetTerminal = typeof terminalRoutes.getTerminal

const selectTerminal = prepare<{
  name: string
  merchant_id: string
  merchant_name: string
  school_name: string
}>(
  `select t.name, m.merchant_id, m.name as merchant_name, s.name as school_name
     from terminals t
     join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
     join schools s on s.school_id = t.school_id
    where t.school_id = $1 and t.terminal_id = $2`,
)

/** Who the calling key belongs to, and the core's clock to check one's own against. */
export async function getTerminal({
  caller,
  services,
}: Context<GetTerminal, TerminalCaller>): Promise<Answer<GetTerminal> | Refusal> {
  const { schoolId, terminalId } = caller
  const [row] = await selectTerminal(services.db.pool, [schoolId, terminalId])
  if (!row) return refuse('KEY_UNKNOWN')
  return {
    status: 200,
    body: {
      terminalId,
      name: row.name,
      merchant: { id: row.merchant_id, name: row.merchant_name },
      school: { id: schoolId, name: row.school_name },
      serverTime: new Date(services.now()).toISOString(),
    },
  }
}

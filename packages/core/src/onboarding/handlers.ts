import { CampusError, SchoolExists } from '../campus/campus-error.ts'
import { importAlone } from '../campus/import-campus.ts'
import { findSchool } from '../campus/store.ts'
import { inTransaction } from '../db/database.ts'
import { type OperatorHandlers, refuse } from '../http/operation.ts'
import { checkOneCard } from './check-one-card.ts'
import { changeSchool, createSchool } from './create-school.ts'
import { importMerchantRows } from './merchant-rows.ts'
import { importPersonRows } from './person-rows.ts'
import { rotateKey } from './rotate-key.ts'
import { importTerminalRows } from './terminal-rows.ts'

/** What whoever runs the core does with tools of his own (R35). */
export const operatorHandlers: OperatorHandlers = {
  async createSchool(ctx) {
    const { services, body } = ctx
    await inTransaction(services.db.pool, (tx) => ctx.claimNonce(tx))
    try {
      return { status: 201, body: await createSchool(services, body) }
    } catch (error) {
      if (error instanceof SchoolExists) return refuse('SCHOOL_EXISTS')
      if (!(error instanceof CampusError)) throw error
      services.log.info({ requestId: ctx.requestId, why: error.message }, 'a school is not sound')
      return refuse('SCHOOL_NOT_SOUND')
    }
  },

  async changeSchool(ctx) {
    const { services, params, body } = ctx
    const isThere = await inTransaction(services.db.pool, async (tx) => {
      await ctx.claimNonce(tx)
      return changeSchool(tx, services, params.schoolId, body)
    })
    return isThere ? { status: 200, body: {} } : refuse('SCHOOL_UNKNOWN')
  },

  async importRows(ctx) {
    const { services, params, body } = ctx
    const { schoolId } = params
    const { pool } = services.db
    await inTransaction(pool, (tx) => ctx.claimNonce(tx))
    if (!(await findSchool(pool, schoolId))) return refuse('SCHOOL_UNKNOWN')
    const rows = body.rows.map((cells, i) => ({ line: i + 1, cells }))
    const apply = !body.dryRun
    return importAlone(services, async () => {
      const seen = new Set<string>()
      if (body.table === 'terminals') {
        const imported = await importTerminalRows(services, schoolId, rows, seen, apply)
        return { status: 200, body: imported } as const
      }
      if (body.table === 'merchants') {
        const outcomes = await importMerchantRows(services, schoolId, rows, seen, apply)
        return { status: 200, body: { outcomes, given: [] } } as const
      }
      const both = { cardNos: seen, tokens: new Set<string>() }
      const { outcomes } = await importPersonRows(services, schoolId, rows, both, apply)
      return { status: 200, body: { outcomes, given: [] } } as const
    })
  },

  async rotateKey(ctx) {
    const { services, params, body } = ctx
    const { graceSeconds, ...owner } = body
    const rotated = await rotateKey(
      services,
      { ...owner, schoolId: params.schoolId },
      graceSeconds,
      { claimNonce: ctx.claimNonce },
    )
    if (!rotated) return refuse('KEY_OWNER_UNKNOWN')
    const { keyId, secret, previousEndsAt } = rotated
    return { status: 200, body: { keyId, secret, previousEndsAt: previousEndsAt.toISOString() } }
  },

  async checkOneCard({ services, body }) {
    return { status: 200, body: await checkOneCard(services, body.account) }
  },
}

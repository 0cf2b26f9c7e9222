import { createTestCampus } from './campus.ts'
import { createTestConsole } from './console.ts'

/** A campus with a console, and one of each role signed in at it. */
export async function createTestOffice() {
  const campus = await createTestCampus()
  const console = await createTestConsole(campus.services)
  return {
    campus,
    console,
    admin: await console.hire('admin', ['admin']),
    finance: await console.hire('qian', ['finance']),
    finance2: await console.hire('sun', ['finance']),
    card: await console.hire('zhou', ['card_office']),
    card2: await console.hire('wu', ['card_office']),
    support: await console.hire('li', ['support']),
    async query(sql: string, values: unknown[] = []) {
      return (await campus.db.pool.query(sql, values)).rows
    },
    /** Newest first. */
    async auditOf(operation: string) {
      const sql = 'select * from staff_audit where operation = $1 order by audit_id desc'
      return (await campus.db.pool.query(sql, [operation])).rows
    },
    async close() {
      await console.close()
      await campus.close()
    },
  }
}
export type TestOffice = Awaited<ReturnType<typeof createTestOffice>>

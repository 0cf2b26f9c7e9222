import type { Queryable } from './database.ts'

/** Without any of these, money that was reported as paid can be gone after a power cut. */
const REQUIRED_SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit']

/**
 * Throws, naming the settings, unless the database keeps what it has committed. Run before serving.
 */
export async function assertDurable(on: Queryable): Promise<void> {
  const { rows } = await on.query<{ name: string }>(
    // "local" waits for no standby, so what it has answered is gone with the primary.
    `SELECT name FROM pg_settings
      WHERE name = ANY ($1)
        AND (setting = 'off' OR (setting = 'local' AND current_setting('synchronous_standby_names') <> ''))
      ORDER BY name`,
    [REQUIRED_SETTINGS],
  )
  if (rows.length === 0) return
  const names = rows.map((row) => row.name).join(', ')
  throw new Error(`the database does not keep committed data: turn on ${names}`)
}

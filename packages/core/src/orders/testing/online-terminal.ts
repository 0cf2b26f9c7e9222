import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { inTransaction } from '../../db/database.ts'
import { SCHOOL } from '../../testing/campus.ts'
import type { HttpCore } from '../../testing/http-core.ts'
import { giveEndpoint } from '../../webhooks/give-endpoint.ts'

/** A merchant's server (R38): its key, and where it is told what happens. */
export async function createOnlineTerminal(
  core: HttpCore,
  url = 'https://shop.example/notices',
): Promise<{ key: SigningKey; endpointId: string; webhookSecret: string }> {
  const terminal = await core.addTerminal()
  const { terminalId } = terminal
  await core.db.pool.query("update terminals set kind = 'online' where terminal_id = $1", [
    terminalId,
  ])
  const { key } = await core.giveKey(terminal)
  const endpoint = { schoolId: SCHOOL, endpointId: terminalId, url }
  const webhookSecret = await inTransaction(core.db.pool, (tx) =>
    giveEndpoint(tx, core.services.keys, endpoint, undefined),
  )
  return { key, endpointId: terminalId, webhookSecret: webhookSecret ?? '' }
}

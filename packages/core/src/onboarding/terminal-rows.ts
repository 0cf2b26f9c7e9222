import {
  type TerminalKind,
  terminalKindSchema,
  waterTariffSchema,
} from '@campus-ecode/protocol/campus'
import type { GivenTerminal } from '@campus-ecode/protocol/operator-api'
import { z } from 'zod'
import { keyTerminal } from '../campus/import-campus.ts'
import { importTariff } from '../campus/import-utilities.ts'
import { importWays } from '../campus/import-ways.ts'
import { inTransaction, prepare, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { giveEndpoint } from '../webhooks/give-endpoint.ts'
import { findEndpoint } from '../webhooks/store.ts'
import { cellSchema, type RowOutcome, type RowReason, readRow, refuseRow } from './row.ts'
import type { Tell } from './tell-once.ts'

const kindWords: Record<string, TerminalKind> = {
  ...{ '': 'till', till: 'till', 收银机: 'till', 消费机: 'till' },
  ...{ online: 'online', 线上商户: 'online' },
  ...{ shower: 'shower', 淋浴: 'shower' },
}

/** A row of the school's terminals, known again by merchant and name. */
export const terminalRowSchema = z.object({
  merchant: cellSchema(60),
  name: cellSchema(60),
  kind: z
    .string()
    .trim()
    .default('')
    .transform((word) => kindWords[word])
    .pipe(terminalKindSchema),
  notifyUrl: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ }).max(500)])
    .optional()
    .describe('Online: where notices go (R38)'),
  yuanPer10Litres: z
    .string()
    .trim()
    .regex(/^(\d{1,2}(\.\d{1,2})?)?$/)
    .transform((text) => (text === '' ? undefined : Math.round(Number(text) * 100)))
    .optional()
    .describe('Showers (R26)'),
})
type TerminalRow = z.output<typeof terminalRowSchema>

export const terminalColumns: Record<keyof TerminalRow, readonly string[]> = {
  merchant: ['商户'],
  name: ['终端', '终端名称'],
  kind: ['类型'],
  notifyUrl: ['通知地址'],
  yuanPer10Litres: ['每10升水价（元）', '每10升水价'],
}

const selectMerchant = prepare<{ merchant_id: string }>(
  'select merchant_id from merchants where school_id = $1 and name = $2',
)
const selectTerminal = prepare<{ terminal_id: string; kind: string; fen: number | null }>(
  `select terminal_id, kind, (water->>'fenPer10Litres')::int as fen from terminals
    where school_id = $1 and merchant_id = $2 and name = $3`,
)

/** Takes a table of terminals in. Those that are there keep their keys; one that it does not name stays. */
export async function importTerminalRows(
  services: Services,
  schoolId: string,
  rows: readonly { line: number; cells: unknown }[],
  seen: Set<string>,
  apply = true,
  tell?: Tell<GivenTerminal[]>,
): Promise<{ outcomes: RowOutcome[]; given: GivenTerminal[] }> {
  return inTransaction(services.db.pool, async (tx) => {
    const outcomes: RowOutcome[] = []
    const given: GivenTerminal[] = []
    for (const { line, cells } of rows) {
      const read = readRow(terminalRowSchema, line, cells)
      if ('refused' in read) {
        outcomes.push(read.refused)
        continue
      }
      const { row } = read
      const place = `${row.merchant}\n${row.name}`
      if (seen.has(place)) {
        outcomes.push(refuseRow(line, 'TWICE', ['merchant', 'name']))
        continue
      }
      seen.add(place)
      const outcome = await importTerminalRow(tx, services, schoolId, row, apply)
      if (typeof outcome === 'string') {
        outcomes.push(
          refuseRow(line, outcome, [outcome === 'MERCHANT_UNKNOWN' ? 'merchant' : 'kind']),
        )
        continue
      }
      outcomes.push({ line, outcome: outcome.outcome })
      if (outcome.given) given.push(outcome.given)
    }
    await tell?.(given)
    return { outcomes, given }
  })
}

async function importTerminalRow(
  tx: Tx,
  services: Services,
  schoolId: string,
  { merchant, name, kind, notifyUrl, yuanPer10Litres: fenPer10Litres }: TerminalRow,
  apply: boolean,
): Promise<RowReason | { outcome: RowOutcome['outcome']; given?: GivenTerminal }> {
  const [owner] = await selectMerchant(tx, [schoolId, merchant])
  if (!owner) return 'MERCHANT_UNKNOWN'
  if ((kind === 'shower') !== (fenPer10Litres !== undefined)) return 'SHOWER_HAS_TARIFF'
  const merchantId = owner.merchant_id
  const [stored] = await selectTerminal(tx, [schoolId, merchantId, name])
  const url = kind === 'online' ? notifyUrl || undefined : undefined
  const wanted = {
    ...{ name, kind, notifyUrl: url },
    water: fenPer10Litres === undefined ? undefined : waterTariffSchema.parse({ fenPer10Litres }),
  }
  if (!stored) {
    if (!apply) return { outcome: 'added' }
    const place = { schoolId, merchantId, terminalId: services.newId(), name, kind }
    const keyed = await keyTerminal(tx, services, place)
    await importTariff(tx, schoolId, keyed.id, wanted)
    const {
      kind: _,
      merchantId: __,
      ...told
    } = await importWays(...([tx, services, schoolId, keyed, wanted, undefined] as const))
    return { outcome: 'added', given: { ...told, merchant, name } }
  }
  if (stored.kind !== kind) return 'KIND_FIXED'
  const { terminal_id: id } = stored
  const isTariffSame = (stored.fen ?? undefined) === fenPer10Litres
  const before = (await findEndpoint(tx, schoolId, id))?.url
  const isUrlSame = notifyUrl === undefined || before === url
  if (isTariffSame && isUrlSame) return { outcome: 'same' }
  if (!apply) return { outcome: 'changed' }
  if (!isTariffSame) await importTariff(tx, schoolId, id, wanted)
  if (isUrlSame) return { outcome: 'changed' }
  const endpoint = { schoolId, endpointId: id, url }
  const webhookSecret = await giveEndpoint(tx, services.keys, endpoint, undefined)
  if (webhookSecret === undefined) return { outcome: 'changed' }
  return { outcome: 'changed', given: { id, merchant, name, webhookSecret } }
}

import { createHash } from 'node:crypto'
import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { PaymentStatus, PayToken } from '@campus-ecode/protocol/payments'
import {
  type Channel,
  type ForeignKind,
  foreignKindSchema,
  type PayMeans,
} from '@campus-ecode/protocol/shapes'
import { inSpan } from '@campus-ecode/service/tracing'
import { type Batcher, createBatcher } from '../batch/batcher.ts'
import { countBadCode, forgetBadCodes, terminalPause } from '../codes/bad-codes.ts'
import {
  type CodeRefusal,
  checkDeviceCode,
  checkIssuedCode,
  findOwner,
  type GenuineCode,
  readPaymentCode,
} from '../codes/recognise-code.ts'
import { createScanLoader, type Scan, type ScanKey } from '../codes/scan.ts'
import { type Database, inTransaction, prepare, retryConflicts } from '../db/database.ts'
import { promoteNextGrant } from '../devices/store.ts'
import { payByCode } from '../foreign-codes/pay-by-code.ts'
import {
  type Answer,
  type Context,
  type Refusal,
  refuse,
  type Services,
  type TerminalCaller,
} from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { indexToken } from '../pay-tokens/index-token.ts'
import { checkToken } from '../pay-tokens/recognise-token.ts'
import { answerPay } from './answer-payment.ts'
import { priceFor } from './price.ts'
import { tellRefusedScan } from './refused-scan.ts'
import { findPayment, type OrderKey, toPayment } from './store.ts'

type PayContext = Context<typeof terminalRoutes.pay, TerminalCaller>
type Pay = (ctx: PayContext) => Promise<Answer<typeof terminalRoutes.pay> | Refusal>

/** One line of `pay_batch`, by its column names. */
export interface PayItem {
  school_id: string
  terminal_id: string
  merchant_id: string
  order_no: string
  payment_id: string
  content_hash: string
  key_id: string
  nonce: string
  person_id: string
  class: string
  masked_name: string
  list_fen: number
  amount_fen: number
  rule: unknown
  account: string
  device_id?: string | undefined
  step?: number | undefined
  present_step?: number | undefined
  code_hash?: string | undefined
  code_id?: string | undefined
  needs_password: boolean
  /** For the password; the school's own wait if left out. */
  wait_seconds?: number
  means: PayMeans
  token_index?: string | undefined
}

export interface PayVerdict {
  ord: number
  /** NEW: the order was written now, with this status. */
  verdict:
    | 'NEW'
    | 'REPLAY'
    | 'ORDER_REVERSED'
    | 'ORDER_NO_REUSED'
    | 'SIGNATURE_REPLAYED'
    | 'CODE_USED'
    | 'CODE_EXPIRED'
    | 'TOKEN_UNKNOWN'
  status: PaymentStatus
  refusal: ErrorCode | null
  channel: Channel | null
  at: Date
}

/** `pay_batch` for whoever pays in this process. */
export type PayBatcher = Batcher<PayItem, PayVerdict>

/** Whom a code, card or face may lead to, and how to tell whether it does. */
interface Shown {
  /** What of it the order number stands for, beside the amount; never a token's own value. */
  content: string
  owners: Pick<ScanKey, 'deviceIndex' | 'codeHash' | 'tokenIndex'>[]
  check(seen: Scan, at: number): GenuineCode | CodeRefusal | Promise<GenuineCode | CodeRefusal>
}

/**
 * Pays an order with a scanned code, or by a card or face, once per order number (R18, R29, R33):
 * recognise what was shown, price it for the class, then let the database decide in one batch with its
 * neighbours. The answer leaves after COMMIT.
 */
export function createPay(services: Services): Pay {
  const scans = createScanLoader(services.db)

  return async (ctx) => {
    const { caller, body } = ctx
    // A shower's orders are its sessions (R26), a merchant's server has calls of its own (R38).
    if (caller.terminalKind !== 'till') return refuse('KEY_NOT_ALLOWED')
    const { code = '', token } = body
    const shown = token
      ? await readToken(services, caller.schoolId, token)
      : await readCode(services, caller.schoolId, code)
    if ('refused' in shown) {
      return shown.foreign ? payForeign(ctx, shown.foreign, code) : refuse(shown.refused)
    }

    const order: OrderKey = { ...caller, orderNo: body.orderNo }
    const contentHash = hashContent(body.amountFen, shown.content)

    let scan: Scan | undefined
    let found: GenuineCode | CodeRefusal = { refused: 'CODE_NOT_RECOGNISED', guess: {} }
    for (const [at, owner] of shown.owners.entries()) {
      const seen = await scans.submit({ ...order, ...owner })
      if (!seen) return refuse('TERMINAL_DISABLED')
      // A repeat is answered before the code is looked at: by now it is used and may be old.
      if (seen.order_payment_id) return answerStored(order, contentHash)
      const pause = terminalPause(seen, services.now())
      if (pause) {
        await claimRefused(ctx)
        return pause
      }
      scan = seen
      found = await shown.check(seen, at)
      if (!('refused' in found) || found.owner) break
    }
    if (!scan) throw new Error('a code of ours names no owner to look for')
    if ('refused' in found) return refuseScan(ctx, found, scan)
    if (scan.bad_streak > 0) await forgetBadCodes(services.db.pool, caller)
    if (found.device?.nextGrantId) {
      const { deviceId, nextGrantId } = found.device
      await promoteNextGrant(services.db.pool, caller.schoolId, deviceId, nextGrantId)
    }
    const item = toPayItem(ctx, scan, found, contentHash)
    const verdict = await inSpan('pay_batch', 'internal', () => services.payBatch.submit(item))

    switch (verdict.verdict) {
      case 'NEW':
        break
      case 'REPLAY':
        return answerStored(order, contentHash)
      case 'CODE_USED':
      case 'CODE_EXPIRED': {
        const account = found.account
        const { personId } = found
        const used = found.device
          ? { personId, account, deviceId: found.device.deviceId }
          : { personId, account, codeId: found.issued?.codeId ?? '' }
        return refuseScan(ctx, { refused: verdict.verdict, owner: used }, scan)
      }
      case 'TOKEN_UNKNOWN':
        return refuseScan(ctx, { refused: verdict.verdict }, scan)
      default:
        return refuse(verdict.verdict)
    }
    services.wakeEvents()
    if (verdict.status === 'PROCESSING') {
      await driveMovement(services, caller.schoolId, item.payment_id)
      services.wakeEvents()
      return answerStored(order, contentHash)
    }
    if (verdict.status === 'AWAITING_PASSWORD') return answerStored(order, contentHash)
    if (verdict.refusal) return refuse(verdict.refusal)
    return { status: 200, body: toPaidPayment(item, verdict) }
  }

  /** R28: another system's code, for whoever takes its kind. What is known of the order comes first here, too. */
  async function payForeign(ctx: PayContext, kind: ForeignKind, authCode: string) {
    const { foreignCodes } = services.ports
    const codes = foreignCodes[kind]
    if (!codes) {
      const accepted = foreignKindSchema.options.filter((other) => foreignCodes[other])
      return refuse('CODE_FOREIGN_NOT_ACCEPTED', { accepted })
    }
    const order: OrderKey = { ...ctx.caller, orderNo: ctx.body.orderNo }
    const contentHash = hashContent(ctx.body.amountFen, authCode)
    const scan = await scans.submit(order)
    if (!scan) return refuse('TERMINAL_DISABLED')
    if (scan.order_payment_id) return answerStored(order, contentHash)
    const pause = terminalPause(scan, services.now())
    if (pause) {
      await claimRefused(ctx)
      return pause
    }
    const refused = await payByCode(services, codes, ctx, { kind, scan, contentHash, authCode })
    return refused ?? answerStored(order, contentHash)
  }

  async function answerStored(order: OrderKey, contentHash: Buffer) {
    const row = await findPayment(services.db.pool, order)
    if (!row) throw new Error('an order that was just seen is gone')
    return answerPay(row, contentHash)
  }

  async function refuseScan(ctx: PayContext, refusal: CodeRefusal, scan: Scan): Promise<Refusal> {
    const { caller, body } = ctx
    await claimRefused(ctx)
    if (refusal.guess) await countBadCode(services, caller, refusal.guess)
    if (refusal.owner) {
      await tellRefusedScan(services, caller.schoolId, scan, {
        ...refusal.owner,
        refused: refusal.refused,
        orderNo: body.orderNo,
        listFen: body.amountFen,
      })
    }
    return refuse(refusal.refused)
  }

  /**
   * What was refused must not pay after all when it is delivered a second time: a pause may be over by
   * then, or a code of a fast clock valid. Nor is one wrong code counted twice.
   */
  function claimRefused(ctx: PayContext): Promise<void> {
    return inTransaction(services.db.pool, (tx) => ctx.claimNonce(tx))
  }
}

/** What an order number stands for. */
function hashContent(amountFen: number, shown: string): Buffer {
  return createHash('sha256').update(`${amountFen}\n${shown}`).digest()
}

async function readCode(
  services: Services,
  schoolId: string,
  text: string,
): Promise<Shown | CodeRefusal> {
  const code = readPaymentCode(text, schoolId)
  if ('refused' in code) return code
  const owners = await findOwner(services, code, text)
  if (!Array.isArray(owners)) {
    const { codeHash } = owners
    const check = (seen: Scan) => checkIssuedCode(seen, codeHash, services.now())
    return { content: text, owners: [owners], check }
  }
  if (code.madeBy !== 'device') throw new Error('an issued code leads to no alias')
  return {
    content: text,
    owners,
    check: (seen, at) => checkDeviceCode(services, code, seen, owners[at]?.epoch ?? 0),
  }
}

async function readToken(services: Services, schoolId: string, token: PayToken): Promise<Shown> {
  const { kind } = token
  const index = Buffer.from(await indexToken(services, schoolId, token)).toString('hex')
  return {
    // A card number is guessed from its plain hash in a moment, from a keyed one never.
    content: `${kind}\n${index}`,
    owners: [{ tokenIndex: index }],
    check: (seen) => checkToken(seen, kind, index),
  }
}

const runPayBatch = prepare<PayVerdict>('select * from pay_batch($1)')
/** The same, and what their merchants' servers are told of it (R38). */
const runWithOrders = prepare<PayVerdict>('select * from pay_batch_with_orders($1)')

/** The self-clocked batch around `pay_batch`: a payer and an order stand in one batch at a time. */
export function createPayBatcher(db: Database): PayBatcher {
  return createBatcher({
    keysOf: (item) => [
      `${item.school_id}/${item.person_id}`,
      `${item.school_id}/${item.terminal_id}/${item.order_no}`,
    ],
    groupOf: ({ school_id: schoolId }) => schoolId,
    async flush(items) {
      const lines = JSON.stringify(items.map((item, ord) => ({ ord, ...item })))
      const verdicts: PayVerdict[] = []
      const run = items.some(({ means }) => means === 'order') ? runWithOrders : runPayBatch
      // Another process may have written the same order or nonce meanwhile: then look again.
      const rows = await retryConflicts(() => run(db.pool, [lines]))
      for (const row of rows) verdicts[row.ord] = row
      if (verdicts.length !== items.length) throw new Error('pay_batch left an item out')
      return verdicts
    },
  })
}

function toPayItem(ctx: PayContext, scan: Scan, code: GenuineCode, contentHash: Buffer) {
  const { caller, body, nonce, services } = ctx
  if (!scan.class || !scan.masked_name) throw new Error('a genuine code has no owner')
  const { amountFen, rule } = priceFor(body.amountFen, scan.class, scan.price_rules)
  return {
    school_id: caller.schoolId,
    terminal_id: caller.terminalId,
    merchant_id: scan.merchant_id,
    order_no: body.orderNo,
    payment_id: services.newId(),
    content_hash: contentHash.toString('hex'),
    key_id: caller.keyId,
    nonce,
    person_id: code.personId,
    class: scan.class,
    masked_name: scan.masked_name,
    list_fen: body.amountFen,
    amount_fen: amountFen,
    rule,
    account: code.account,
    device_id: code.device?.deviceId,
    step: code.device?.step,
    present_step: code.device?.presentStep,
    code_hash: code.issued?.codeHash,
    code_id: code.issued?.codeId,
    needs_password: code.revealed,
    means: code.token?.kind ?? ('code' as const),
    token_index: code.token?.index,
  }
}

/** The answer to a payment that the wallet covered, without reading it back. */
function toPaidPayment(item: ReturnType<typeof toPayItem>, { at, channel }: PayVerdict) {
  // Each field by its name: to spread the item is a seventh of all that a payment allocates.
  return toPayment({
    order_no: item.order_no,
    payment_id: item.payment_id,
    status: 'PAID',
    refusal: null,
    class: item.class,
    masked_name: item.masked_name,
    list_fen: item.list_fen,
    amount_fen: item.amount_fen,
    rule: item.rule,
    means: item.means,
    channel,
    paid_at: at,
    settled_at: at,
    created_at: at,
    confirm_by: null,
    refunded_fen: 0,
  })
}

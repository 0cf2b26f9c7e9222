import { refuseWayOut } from '../cards/card-status.ts'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import {
  type BindingRow,
  findBinding,
  insertBindingProof,
  isBindingProofUsable,
  markBound,
} from './binding-store.ts'
import { insertBankCard, isTokenBound, setDefaultCard } from './card-store.ts'
import { type Owner, tellWallet } from './change-wallet.ts'
import { describeWallet } from './describe-wallet.ts'
import { openWallet, refuseReopening } from './open-wallet.ts'
import { bindingReference } from './start-binding.ts'
import { takeWallet } from './store.ts'

/**
 * Binds the card with the bank's SMS code. The first one is the default; a wallet that is not open is
 * opened by it, at ¥0.00 or with what it held (R9–R11). The bank is asked between two transactions, so
 * that nobody waits for it with a lock. Repeating it with the right code gives the same answer.
 *
 * Refuses: BINDING_UNKNOWN, SMS_CODE_EXPIRED, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED,
 * REOPENS_EXHAUSTED, BANK_NOT_REACHABLE, SMS_CODE_WRONG, SMS_TRIES_EXHAUSTED, CARD_ALREADY_BOUND.
 */
export async function confirmBinding(
  ctx: PersonContext<'confirmBinding'>,
): PersonOutcome<'confirmBinding'> {
  const { params, services, body } = ctx
  const { bindingId } = params
  const begun = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const held = await holdBinding(tx, params)
    if (isRefusal(held)) return held
    const late = held.binding.expired && !held.binding.bound_card_id
    return late ? refuse('SMS_CODE_EXPIRED') : undefined
  })
  if (begun) return begun

  const token = await askBank(services, bindingId, body.smsCode)
  if (isRefusal(token)) return token

  const verificationId = await inTransaction(services.db.pool, async (tx) => {
    const held = await holdBinding(tx, params)
    if (isRefusal(held)) return held
    const { payer, binding } = held
    if (!binding.bound_card_id) {
      const refused = await bind(tx, services, params, payer, { ...binding, token })
      if (refused) return refused
    }
    const { schoolId, personId } = params
    return (await isBindingProofUsable(tx, schoolId, bindingId, personId)) ? bindingId : null
  })
  if (isRefusal(verificationId)) return verificationId
  services.wakeEvents()
  const wallet = await describeWallet(services, params)
  return wallet ? { status: 200, body: { wallet, verificationId } } : refuse('NOT_FOUND')
}

type BindingParams = PersonContext<'confirmBinding'>['params']

/** Locks the payer and looks whether the binding may still be confirmed, or was. */
async function holdBinding(
  tx: Tx,
  { schoolId, personId, bindingId }: BindingParams,
): Promise<{ payer: PayerRow; binding: BindingRow } | Refusal> {
  const payer = await lockPayer(tx, schoolId, personId)
  const binding = await findBinding(tx, schoolId, bindingId, personId)
  if (!payer || !binding) return refuse('BINDING_UNKNOWN')
  if (binding.bound_card_id) {
    // A late repeat, after the card was unbound again, has nothing to say.
    return binding.still_bound ? { payer, binding } : refuse('BINDING_UNKNOWN')
  }
  const refusal =
    refuseWayOut(payer) ?? refuseReopening(payer, await takeWallet(tx, schoolId, personId))
  return refusal ?? { payer, binding }
}

/** @returns The bank's token for the card. */
async function askBank(
  { ports, log }: Services,
  bindingId: string,
  smsCode: string,
): Promise<string | Refusal> {
  const answer = await ports.gateway.confirmCard(bindingReference(bindingId), smsCode)
  if (!answer.ok) {
    if (answer.reason === 'REFUSED') {
      if (answer.error === 'NOT_FOUND') return refuse('BINDING_UNKNOWN')
      log.error({ bindingId, error: answer.error }, 'the bank refuses to confirm cards')
    }
    return refuse('BANK_NOT_REACHABLE')
  }
  const { result, account } = answer.value
  switch (result) {
    case 'CODE_WRONG':
      return refuse('SMS_CODE_WRONG')
    case 'CODE_EXPIRED':
      return refuse('SMS_CODE_EXPIRED')
    case 'TRIES_EXHAUSTED':
      return refuse('SMS_TRIES_EXHAUSTED')
    case 'CONFIRMED':
      if (account === null) throw new Error('the bank confirms a card and gives no token')
      return account
  }
}

async function bind(
  tx: Tx,
  services: Services,
  { schoolId, personId, bindingId }: BindingParams,
  payer: PayerRow,
  { token, bank_name: bankName, tail }: BindingRow & { token: string },
): Promise<Refusal | undefined> {
  if (await isTokenBound(tx, schoolId, personId, token)) return refuse('CARD_ALREADY_BOUND')
  const owner: Owner = { schoolId, personId }
  const cardId = services.newId()
  await insertBankCard(tx, { schoolId, cardId, personId, token, bankName, tail })
  await markBound(tx, schoolId, bindingId, cardId)
  if ((await passwordState(tx, schoolId, personId)) !== 'set') {
    await insertBindingProof(tx, schoolId, bindingId, personId, cardId)
  }
  if (!payer.bank_card_id) await setDefaultCard(tx, schoolId, personId, cardId)
  if (payer.wallet_status !== 'open') await openWallet(tx, services, owner, payer)
  await tellWallet(tx, services, owner, { change: 'card_bound', bankName, tail })
  return undefined
}

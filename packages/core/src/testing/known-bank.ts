import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type {
  CardCheck,
  CardCheckRequest,
  ConfirmedCard,
  Payout,
  PayoutRequest,
} from '@campus-ecode/protocol/bank-gateway'
import type { BankGateway } from '../ports/bank-gateway.ts'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { OutsideFault } from './outside-account.ts'

/** A card as its bank knows it. */
export interface KnownCard {
  name: string
  idNumber: string
  cardNo: string
  /** The number reserved at the bank. */
  phone: string
  bankName: string
  token: string
  status?: 'active' | 'closed' | 'not_supported'
}

/** Slow: it acts and answers too late. Twice: the network delivers the call two times. */
export type BankFault = OutsideFault | 'slow' | 'twice'

const TRIES_MAX = 5

/** The bank beside its debits, in memory: card checks with SMS codes, and payouts; with faults. */
export function createKnownBank() {
  const cards: KnownCard[] = []
  const checks = new Map<
    string,
    { request: CardCheckRequest; answer: CardCheck; token: string | null; code: string }
  >()
  const wrongTries = new Map<string, number>()
  const confirmed = new Set<string>()
  const expired = new Set<string>()
  const unknownAccounts = new Set<string>()
  const payouts = new Map<string, Payout & { account: string | null }>()
  const calls: string[] = []
  let fault: BankFault = 'none'

  async function answer<T>(call: string, act: () => PortAnswer<T>): Promise<PortAnswer<T>> {
    calls.push(call)
    if (fault === 'down') return { ok: false, reason: 'NOT_SENT' }
    if (fault === 'silent') return { ok: false, reason: 'UNKNOWN' }
    let result = act()
    if (fault === 'twice') result = act()
    if (fault === 'refuse_repeat') return { ok: false, reason: 'REFUSED', error: 'UNAUTHORISED' }
    if (fault === 'other_amount' && result.ok) {
      return { ok: true, value: { ...result.value, amountFen: 1 } }
    }
    if (fault === 'drop_answer' || fault === 'slow') return { ok: false, reason: 'UNKNOWN' }
    return result
  }
  const refused = <T>(error: 'NOT_FOUND' | 'REFERENCE_REUSED' | 'ACCOUNT_UNKNOWN') =>
    ({ ok: false, reason: 'REFUSED', error }) as PortAnswer<T>

  function compare(request: CardCheckRequest): { result: CardCheck['result'] } & {
    differs: CardCheck['differs']
    card: KnownCard | undefined
  } {
    if ('account' in request) {
      const card = cards.find(({ token }) => token === request.account)
      const closed = card?.status === 'closed'
      return { result: closed ? 'CARD_CLOSED' : 'SMS_SENT', differs: [], card }
    }
    const { name, idNumber, cardNo, phone } = request
    const card = cards.find((known) => known.cardNo === cardNo)
    if (card?.status === 'not_supported') return { result: 'NOT_SUPPORTED', differs: [], card }
    const isHolder = (known: KnownCard) => known.name === name && known.idNumber === idNumber
    const differs: CardCheck['differs'] = []
    if (!(card ? isHolder(card) : cards.some(isHolder))) differs.push('holder')
    if (!card) differs.push('card')
    if (card && card.phone !== phone) differs.push('phone')
    if (differs.length > 0) return { result: 'MISMATCH', differs, card }
    return { result: card?.status === 'closed' ? 'CARD_CLOSED' : 'SMS_SENT', differs, card }
  }

  const port: BankGateway = {
    checkCard: (request) =>
      answer('checkCard', () => {
        const { reference } = request
        const before = checks.get(reference)
        if (before) {
          if (!isDeepStrictEqual(before.request, request)) return refused('REFERENCE_REUSED')
          return { ok: true, value: before.answer }
        }
        const { result, differs, card } = compare(request)
        if ('account' in request && !card) return refused('ACCOUNT_UNKNOWN')
        const told = result === 'SMS_SENT' ? card : undefined
        const value: CardCheck = {
          reference,
          result,
          differs,
          bankName: told?.bankName ?? null,
          tail: told?.cardNo.slice(-4) ?? null,
          phoneTail: told?.phone.slice(-4) ?? null,
        }
        const code = String(randomInt(1_000_000)).padStart(6, '0')
        checks.set(reference, { request, answer: value, token: told?.token ?? null, code })
        return { ok: true, value }
      }),
    confirmCard: (reference, smsCode) =>
      answer('confirmCard', () => {
        const check = checks.get(reference)
        if (!check?.token) return refused('NOT_FOUND')
        const say = (result: ConfirmedCard['result']) => {
          const account = result === 'CONFIRMED' ? check.token : null
          return { ok: true, value: { reference, result, account } } as const
        }
        if (confirmed.has(reference)) {
          return say(smsCode === check.code ? 'CONFIRMED' : 'CODE_WRONG')
        }
        if (expired.has(reference)) return say('CODE_EXPIRED')
        const wrong = wrongTries.get(reference) ?? 0
        if (wrong >= TRIES_MAX) return say('TRIES_EXHAUSTED')
        if (smsCode !== check.code) {
          wrongTries.set(reference, wrong + 1)
          return say(wrong + 1 === TRIES_MAX ? 'TRIES_EXHAUSTED' : 'CODE_WRONG')
        }
        confirmed.add(reference)
        return say('CONFIRMED')
      }),
    payOut: ({ reference, account, amountFen }: PayoutRequest) =>
      answer('payOut', () => {
        const before = payouts.get(reference)
        if (before) {
          const same =
            before.amountFen === null ||
            (before.account === account && before.amountFen === amountFen)
          return same ? tell(before) : refused('REFERENCE_REUSED')
        }
        if (unknownAccounts.has(account)) return refused('ACCOUNT_UNKNOWN')
        const status =
          fault === 'decline' ? 'DECLINED' : fault === 'processing' ? 'PROCESSING' : 'SUCCEEDED'
        return keep({ reference, account, amountFen, status, at: now() })
      }),
    queryPayout: (reference) =>
      answer('queryPayout', () => {
        const payout = payouts.get(reference)
        return payout ? tell(payout) : refused('NOT_FOUND')
      }),
    cancelPayout: (reference) =>
      answer('cancelPayout', () => {
        const before = payouts.get(reference)
        if (before) return tell(before)
        return keep({ reference, account: null, amountFen: null, status: 'CANCELLED', at: now() })
      }),
  }
  const now = () => new Date().toISOString()
  function keep(payout: Payout & { account: string | null }) {
    payouts.set(payout.reference, payout)
    return tell(payout)
  }
  function tell({ account: _, ...value }: Payout & { account: string | null }) {
    return { ok: true, value } as const
  }

  return {
    ...port,
    calls,
    addCard(card: KnownCard): KnownCard {
      cards.push(card)
      return card
    },
    /** The code that the bank has "sent" for a check; fails when it sent none. */
    readSmsCode(reference: string): string {
      const check = checks.get(reference)
      if (!check?.token) throw new Error('the bank has sent no code for this check')
      return check.code
    },
    /** The newest code that the bank has "sent", whatever it was for. */
    readNewestSmsCode(): string {
      const sent = [...checks.values()].findLast(({ token }) => token !== null)
      if (!sent) throw new Error('the bank has sent no code')
      return sent.code
    },
    /** The bank no longer takes the code it sent. */
    expireSmsCode(reference: string): void {
      expired.add(reference)
    },
    /** The bank no longer knows the token, as after a card was replaced. */
    forgetAccount(token: string): void {
      unknownAccounts.add(token)
    },
    setFault(next: BankFault) {
      fault = next
    },
    /** The bank decides payouts it had only accepted. */
    settlePayouts(status: 'SUCCEEDED' | 'DECLINED') {
      for (const [reference, payout] of payouts) {
        if (payout.status === 'PROCESSING') payouts.set(reference, { ...payout, status })
      }
    },
    /** What it has paid out, in fen. */
    paidOutFen(): number {
      let sum = 0
      for (const { status, amountFen } of payouts.values()) {
        if (status === 'SUCCEEDED') sum += amountFen ?? 0
      }
      return sum
    },
  }
}
export type KnownBank = ReturnType<typeof createKnownBank>

import { createHmac, timingSafeEqual } from 'node:crypto'
import type {
  CardCheck,
  CardCheckRequest,
  ConfirmedCard,
} from '@campus-ecode/protocol/bank-gateway'
import type { portErrorSchema } from '@campus-ecode/protocol/debit-port'
import type { z } from 'zod'
import type { Journal } from '../journal.ts'
import type { Message } from '../sms/routes.ts'
import type { KnownCard } from './known-card.ts'

type PortError = z.infer<typeof portErrorSchema>

/** A line of the bank's journal of card checks. Of a card it names the token, and of a person nothing. */
export type CheckEntry = { at: string; reference: string } & (
  | {
      kind: 'checked'
      result: CardCheck['result']
      differs: CardCheck['differs']
      /** Empty when no SMS was sent. */
      account: string
      /** Keyed digest of what was asked, to know a repeat by. */
      content: string
    }
  | { kind: 'code_wrong' | 'confirmed' }
)

export interface CheckBook {
  check(request: CardCheckRequest): CardCheck | PortError
  confirm(reference: string, smsCode: string): ConfirmedCard | PortError
}

const CODE_LIFE_MS = 5 * 60_000
const TRIES_MAX = 5

interface CheckState {
  at: string
  result: CardCheck['result']
  differs: CardCheck['differs']
  account: string
  content: string
  wrongCount: number
  confirmed: boolean
}

/**
 * Whose a card is: compares with what the bank knows, and sends a code of its own to the reserved phone.
 * One code per reference, five minutes, five tries.
 *
 * @param secret Of the codes and digests, which are derived and so outlive a restart unwritten.
 * @param sendSms Puts a message on the phone; again under the same reference, nothing.
 */
export function createCheckBook({
  journal,
  cards,
  secret,
  sendSms,
}: {
  journal: Journal<CheckEntry>
  cards: readonly KnownCard[]
  secret: string
  sendSms: (message: Omit<Message, 'at'>) => void
}): CheckBook {
  const checks = new Map<string, CheckState>()
  for (const entry of journal.entries) apply(entry)

  function apply(entry: CheckEntry): void {
    const { reference } = entry
    if (entry.kind === 'checked') {
      const { at, result, differs, account, content } = entry
      const fresh = { at, result, differs, account, content, wrongCount: 0, confirmed: false }
      checks.set(reference, fresh)
      return
    }
    const check = checks.get(reference)
    if (!check) throw new Error('the journal confirms a check that it does not have')
    if (entry.kind === 'confirmed') check.confirmed = true
    else check.wrongCount += 1
  }

  type NewEntry = CheckEntry extends infer E
    ? E extends CheckEntry
      ? Omit<E, 'at'>
      : never
    : never
  function write(entry: NewEntry): void {
    const full = { at: new Date().toISOString(), ...entry } as CheckEntry
    journal.append(full)
    apply(full)
  }

  const digest = (purpose: string, text: string) =>
    createHmac('sha256', secret).update(`${purpose}/${text}`).digest()

  function codeOf(reference: string): string {
    return String(digest('sms-code', reference).readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
  }

  function tell(reference: string, { result, differs, account }: CheckState): CardCheck {
    const card = cards.find(({ token }) => token === account)
    return {
      reference,
      result,
      differs,
      bankName: card?.bankName ?? null,
      tail: card?.cardNo.slice(-4) ?? null,
      phoneTail: card?.phone.slice(-4) ?? null,
    }
  }

  return {
    check(request) {
      const { reference } = request
      const content = digest('content', JSON.stringify(request)).toString('base64url')
      const before = checks.get(reference)
      if (before) {
        return before.content === content ? tell(reference, before) : { error: 'REFERENCE_REUSED' }
      }
      const compared = compare(cards, request)
      if (!compared) return { error: 'ACCOUNT_UNKNOWN' }
      const { result, differs, card } = compared
      const account = result === 'SMS_SENT' && card ? card.token : ''
      write({ kind: 'checked', reference, result, differs, account, content })
      if (account && card) {
        const what =
          'account' in request ? '验证身份' : `绑定尾号 ${card.cardNo.slice(-4)} 的银行卡`
        sendSms({
          reference: `bank-${reference}`,
          phone: card.phone,
          text: `【${card.bankName}】验证码 ${codeOf(reference)}，用于在校园e码通${what}，5 分钟内有效。请勿告诉任何人。`,
        })
      }
      const check = checks.get(reference)
      if (!check) throw new Error('a check that was just written is gone')
      return tell(reference, check)
    },
    confirm(reference, smsCode) {
      const check = checks.get(reference)
      if (!check?.account) return { error: 'NOT_FOUND' }
      const right = timingSafeEqual(digest('try', smsCode), digest('try', codeOf(reference)))
      const say = (result: ConfirmedCard['result']): ConfirmedCard => ({
        reference,
        result,
        account: result === 'CONFIRMED' ? check.account : null,
      })
      if (check.confirmed) return say(right ? 'CONFIRMED' : 'CODE_WRONG')
      if (Date.now() - Date.parse(check.at) >= CODE_LIFE_MS) return say('CODE_EXPIRED')
      if (check.wrongCount >= TRIES_MAX) return say('TRIES_EXHAUSTED')
      write({ kind: right ? 'confirmed' : 'code_wrong', reference })
      if (right) return say('CONFIRMED')
      return say(check.wrongCount >= TRIES_MAX ? 'TRIES_EXHAUSTED' : 'CODE_WRONG')
    },
  }
}

interface Compared {
  result: CardCheck['result']
  differs: CardCheck['differs']
  card: KnownCard | undefined
}

/** Undefined for the token of a card that the bank does not have. */
function compare(cards: readonly KnownCard[], request: CardCheckRequest): Compared | undefined {
  if ('account' in request) {
    const card = cards.find(({ token }) => token === request.account)
    const result = card?.status === 'closed' ? 'CARD_CLOSED' : 'SMS_SENT'
    return card && { result, differs: [], card }
  }
  const { name, idNumber, cardNo, phone } = request
  const card = cards.find((known) => known.cardNo === cardNo)
  if (card?.status === 'not_supported') return { result: 'NOT_SUPPORTED', differs: [], card }
  const isHolder = (known: KnownCard) => known.name === name && known.idNumber === idNumber
  const differs: CardCheck['differs'] = []
  if (!(card ? isHolder(card) : cards.some(isHolder))) differs.push('holder')
  if (!card) differs.push('card')
  else if (card.phone !== phone) differs.push('phone')
  if (differs.length > 0) return { result: 'MISMATCH', differs, card }
  // Said to the holder only: to anybody else a card is as good as unknown.
  return { result: card?.status === 'closed' ? 'CARD_CLOSED' : 'SMS_SENT', differs, card }
}

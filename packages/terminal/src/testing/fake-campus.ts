import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import { routeCode } from '@campus-ecode/protocol/code-route'
import type { Demo } from '@campus-ecode/protocol/demo'
import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { Payment, PayRequest, PayToken, Refund } from '@campus-ecode/protocol/payments'
import type { Account, PayMeans } from '@campus-ecode/protocol/shapes'

/** Ways in which a core can be wrong; each has a conformance check that must notice. */
export type Defect =
  | 'accepts any signature'
  | 'accepts old signatures'
  | 'forgets nonces'
  | 'does not sign answers'
  | 'binds answers to nothing'
  | 'lets every key do everything'
  | 'does not check the school secret'
  | 'shows the card number'
  | 'shows the name to terminals'
  | 'pays twice for a repeated order'
  | 'takes changed content for a repeat'
  | 'takes a code twice'
  | 'trims codes'
  | 'pays by identity code'
  | 'takes fractions'
  | 'reverses without giving back'
  | 'leaves no tombstone'
  | 'refunds more than was paid'
  | 'refunds again when repeated'
  | 'shows orders to other terminals'
  | 'writes no events'
  | 'writes no bill'
  | 'answers outside the documented form'
  | 'ignores the limit'
  | 'asks no password'
  | 'keeps what waited for a password'
  | 'asks no agreement'
  | 'asks no consent'
  | 'takes any card'
  | 'calls a card a code'
  | 'signs what gates are told with another key'
  | 'tells a gate what it holds'
  | 'does not wait for news'
  | 'lists nothing that has ended'
  | 'counts no gate'
  | 'tells deltas that lead nowhere'
  | 'goes on without consent'
  | 'takes any device key'
  | 'gives everybody the same class'
  | 'stores a record as often as it comes'
  | 'finds no copies'
  | 'finds copies everywhere'
  | 'finds nothing that had ended'
  | 'shows records to every gate'
  | 'shows a zone every record'
  | 'identifies for every gate'
  | 'identifies for a second desk'
  | 'keeps the identity code before'
  | 'names a holder anew each time'
  | 'names a holder alike everywhere'
  | 'lets a desk guess'
  | 'makes tickets for any page'
  | 'redeems a ticket for every page'
  | 'holds every sign-in'
  | 'grants every sign-in everything'
  | 'tells whose a ticket is for good'
  | 'tells every address whose a ticket is'

export interface FakePerson {
  id: string
  cardNo: string
  name: string
  class: 'student' | 'teacher' | 'external' | 'visitor'
  balanceFen: number
  spentTodayFen: number
  defaultAccount: Account
  /** A payment password is set. */
  hasPassword: boolean
  /** What readers give for the person (R29), and what allows it. */
  tokens: PayToken[]
  hasAgreement: boolean
  hasFaceConsent: boolean
}

/** What was presented: a code that was issued, or a card or face. */
interface Shown {
  codeId?: string
  person: FakePerson
  account: Account
  revealed: boolean
  means: PayMeans
}

interface IssuedCode extends Shown {
  codeId: string
  expiresMs: number
  usedBy?: string
}

interface Order {
  terminalId: string
  person: FakePerson | undefined
  account: Account | undefined
  content: string | undefined
  payment: Payment
  refunds: Map<string, Refund>
  /** Queries until it is paid. */
  queriesLeft: number
}

export type FakeRefusal = { refused: ErrorCode; retryAfterSeconds?: number; fields?: string[] }
type Outcome<T> = { status: number; body: T } | FakeRefusal

const PASSWORD_WAIT_MS = 45_000
const SINGLE_LIMIT_FEN = 20_000

/** The books of a core, in memory and without a ledger: enough to hold the kit against. */
export class FakeCampus {
  readonly school = { id: '1001', secret: randomBytes(24).toString('base64url') }
  readonly people: FakePerson[] = [
    this.#person('2023010417', '林知夏', 'student', 12_840),
    this.#person('20110036', '沈砚秋', 'teacher', 30_000),
    this.#person('X20240031', '罗一鸣', 'external', 900),
  ]
  readonly merchant = { id: randomUUID(), name: '第一食堂' }
  readonly terminals: Demo['terminals'] = [1, 2].map((n) => ({
    id: randomUUID(),
    kind: 'till' as const,
    merchantId: this.merchant.id,
    keyId: `1001.t.fake-key-${n}`,
    secret: randomBytes(32).toString('base64url'),
  }))
  readonly defects = new Set<Defect>()
  readonly orders = new Map<string, Order>()
  readonly events: { schoolId: string; personId: string; event: PersonEvent }[] = []
  readonly #codes = new Map<string, IssuedCode>()
  readonly #bill: { personId: string; entry: BillEntry }[] = []
  /** Codes that are refused so, whatever else they are. */
  readonly refusals = new Map<string, FakeRefusal>()
  /** How many queries each new payment stays open for, once its password is in. */
  slowFor = 0
  /** R23: above this the phone asks for the payment password. */
  passwordAboveFen = Number.POSITIVE_INFINITY
  now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  has(defect: Defect): boolean {
    return this.defects.has(defect)
  }

  findPerson(id: string): FakePerson | undefined {
    return this.people.find((person) => person.id === id)
  }

  issueCode(person: FakePerson, account: Account, revealed: boolean) {
    for (const code of this.#codes.values()) {
      if (code.person === person) code.expiresMs = Math.min(code.expiresMs, this.now())
    }
    const random = String(randomInt(1e8)).padStart(8, '0') + String(randomInt(1e9)).padStart(9, '0')
    const digits = `71${this.school.id}${account === 'wallet' ? 7 : 6}${random}`
    const issuedMs = this.now()
    const expiresMs = issuedMs + 60_000
    const codeId = randomUUID()
    this.#codes.set(digits, { codeId, person, account, revealed, means: 'code', expiresMs })
    const [issuedAt, expiresAt] = [issuedMs, expiresMs].map((ms) => new Date(ms).toISOString())
    return { codeId, code: digits, account, revealed, issuedAt, expiresAt }
  }

  pay(terminalId: string, request: PayRequest): Outcome<unknown> {
    const { orderNo, amountFen: listFen, token } = request
    const key = `${terminalId}/${orderNo}`
    const presented = token ? `${token.kind} ${token.value}` : request.code
    const content = this.has('takes changed content for a repeat')
      ? orderNo
      : `${listFen}\n${presented}`
    const known = this.orders.get(key)
    if (known && !(this.has('pays twice for a repeated order') && known.content)) {
      return answerPay(known, content)
    }
    const shown = token ? this.#readToken(token) : this.#readCode(request, key)
    if ('refused' in shown) return shown
    const { person } = shown
    const amountFen =
      person.class === 'student' ? Math.floor((listFen * 900 + 500) / 1000) : listFen
    const asks =
      (shown.revealed || amountFen > this.passwordAboveFen) && !this.has('asks no password')
    const why: ErrorCode | undefined =
      amountFen > SINGLE_LIMIT_FEN && !this.has('ignores the limit')
        ? 'OVER_SINGLE_LIMIT'
        : shown.means !== 'code' && !person.hasAgreement && !this.has('asks no agreement')
          ? 'AGREEMENT_MISSING'
          : shown.means === 'face' && !person.hasFaceConsent && !this.has('asks no consent')
            ? 'FACE_CONSENT_MISSING'
            : asks && !person.hasPassword
              ? 'PASSWORD_REQUIRED'
              : amountFen > person.balanceFen
                ? 'INSUFFICIENT_FUNDS'
                : undefined
    const at = new Date(this.now()).toISOString()
    const payment: Payment = {
      orderNo,
      paymentId: randomUUID(),
      status: why ? 'REFUSED' : 'AWAITING_PASSWORD',
      listFen,
      amountFen,
      rule:
        amountFen === listFen
          ? null
          : { name: { 'zh-CN': '学生优惠', en: 'Student price' }, changeFen: amountFen - listFen },
      payer: {
        class: person.class,
        maskedName: this.has('shows the name to terminals') ? person.name : maskName(person.name),
      },
      means: this.has('calls a card a code') ? 'code' : shown.means,
      channel: null,
      refundedFen: 0,
      refusal: why ? { code: why, message: describeError(why).sentences } : null,
      createdAt: at,
      settledAt: why ? at : null,
      confirmBy: asks && !why ? new Date(this.now() + PASSWORD_WAIT_MS).toISOString() : null,
    }
    const order: Order = {
      terminalId,
      person,
      account: shown.account,
      content,
      payment,
      refunds: new Map(),
      queriesLeft: 0,
    }
    this.orders.set(key, order)
    if (!why) person.spentTodayFen += amountFen
    if (!why && !asks) this.#take(order)
    this.#write(order, shown, 'payment', 'out', amountFen)
    return answerPay(order, content)
  }

  #readToken({ kind, value }: PayToken): Shown | FakeRefusal {
    const person = this.people.find(({ tokens }) =>
      tokens.some((token) => token.kind === kind && token.value === value),
    )
    const [anybody] = this.has('takes any card') ? this.people : []
    const owner = person ?? anybody
    if (!owner) return { refused: 'TOKEN_UNKNOWN' }
    return { person: owner, account: owner.defaultAccount, revealed: false, means: kind }
  }

  /** @param key The order that the code is spent by. */
  #readCode({ orderNo, amountFen, code: digits = '' }: PayRequest, key: string) {
    const text = this.has('trims codes') ? digits.trim() : digits
    const forced = this.refusals.get(digits)
    if (forced) return forced
    const routed = routeCode(this.has('pays by identity code') ? `71${text.slice(2)}` : text)
    if (routed.kind === 'identity') return { refused: 'CODE_IDENTITY_ONLY' } as const
    if (routed.kind === 'access') return { refused: 'CODE_ACCESS_ONLY' } as const
    if (routed.kind === 'collection') return { refused: 'CODE_COLLECTION_ONLY' } as const
    if (routed.kind === 'unknown') return { refused: 'CODE_NOT_RECOGNISED' } as const
    if (routed.kind !== 'payment') return { refused: 'CODE_FOREIGN_NOT_ACCEPTED' } as const
    if (routed.code.school !== this.school.id) return { refused: 'CODE_OTHER_SCHOOL' } as const
    const code = this.#codes.get(this.has('pays by identity code') ? `71${text.slice(2)}` : text)
    if (!code) return { refused: 'CODE_NOT_RECOGNISED' } as const
    const { person } = code
    if (code.usedBy && code.usedBy !== key && !this.has('takes a code twice')) {
      this.#tell(person, code, { ...this.#entry(orderNo, amountFen), ...refusal('CODE_USED') })
      return { refused: 'CODE_USED' } as const
    }
    if (code.expiresMs <= this.now() && !code.usedBy) {
      this.#tell(person, code, { ...this.#entry(orderNo, amountFen), ...refusal('CODE_EXPIRED') })
      return { refused: 'CODE_EXPIRED' } as const
    }
    code.usedBy = key
    return code
  }

  query(terminalId: string, orderNo: string): Outcome<unknown> {
    const order =
      this.orders.get(`${terminalId}/${orderNo}`) ??
      (this.has('shows orders to other terminals')
        ? [...this.orders.values()].find(({ payment }) => payment.orderNo === orderNo)
        : undefined)
    if (!order) return { refused: 'ORDER_NOT_FOUND' }
    const { payment, person } = order
    if (payment.status === 'PROCESSING' && --order.queriesLeft <= 0 && person) {
      payment.status = 'PAID'
      payment.channel = 'bank_card'
      payment.settledAt = new Date(this.now()).toISOString()
    }
    return { status: 200, body: payment }
  }

  reverse(terminalId: string, orderNo: string): Outcome<unknown> {
    const key = `${terminalId}/${orderNo}`
    let order = this.orders.get(key)
    if (!order) {
      const payment: Payment = {
        orderNo,
        paymentId: randomUUID(),
        status: 'REVERSED',
        listFen: null,
        amountFen: null,
        rule: null,
        payer: null,
        means: null,
        channel: null,
        refundedFen: 0,
        refusal: null,
        createdAt: new Date(this.now()).toISOString(),
        settledAt: new Date(this.now()).toISOString(),
        confirmBy: null,
      }
      order = {
        terminalId,
        person: undefined,
        account: undefined,
        content: undefined,
        payment,
        refunds: new Map(),
        queriesLeft: 0,
      }
      if (!this.has('leaves no tombstone')) this.orders.set(key, order)
    }
    const { payment, person } = order
    if (payment.refundedFen > 0) return { refused: 'ORDER_REFUNDED' }
    const open = payment.status === 'AWAITING_PASSWORD' || payment.status === 'PROCESSING'
    if (payment.status === 'PAID' || open) {
      const wasPaid = payment.status === 'PAID' && payment.channel !== 'bank_card'
      const waited = payment.status === 'AWAITING_PASSWORD'
      payment.status = 'REVERSED'
      const amountFen = payment.amountFen ?? 0
      if (person && !(waited && this.has('keeps what waited for a password'))) {
        person.spentTodayFen -= amountFen
      }
      if (person && wasPaid && !this.has('reverses without giving back')) {
        person.balanceFen += amountFen
      }
      if (!waited) this.#write(order, undefined, 'reversal', 'in', amountFen)
    }
    return { status: 200, body: payment }
  }

  /** What the printed code of a till took; a cursor counts what was told (R24). */
  tellIncoming(terminalId: string, after = '0'): Outcome<unknown> {
    const taken = [...this.orders]
      .filter(([key, { payment }]) => {
        return key.startsWith(`${terminalId}/`) && payment.means === 'collection'
      })
      .map(([, { payment }]) => payment)
    const payments = taken.slice(Number(after))
    return { status: 200, body: { payments, cursor: String(taken.length) } }
  }

  /** What happens at the phone of an order that awaits the payment password. */
  endWait(orderNo: string, how: 'entered' | 'PASSWORD_DECLINED' | 'PASSWORD_TIMED_OUT'): void {
    const order = [...this.orders.values()].find(({ payment }) => payment.orderNo === orderNo)
    if (order?.payment.status !== 'AWAITING_PASSWORD' || !order.person) {
      throw new Error('no such order awaits a password')
    }
    if (how === 'entered') this.#take(order)
    else {
      order.person.spentTodayFen -= order.payment.amountFen ?? 0
      Object.assign(order.payment, { status: 'REFUSED', ...refusal(how) })
    }
  }

  refund(
    terminalId: string,
    orderNo: string,
    refundNo: string,
    amountFen: number,
  ): Outcome<Refund> {
    const order = this.orders.get(`${terminalId}/${orderNo}`)
    if (!order) return { refused: 'ORDER_NOT_FOUND' }
    const { payment, person, refunds } = order
    const known = refunds.get(refundNo)
    if (known && !this.has('refunds again when repeated')) {
      if (known.amountFen !== amountFen) return { refused: 'REFUND_NO_REUSED' }
      return { status: 200, body: known }
    }
    if (payment.status !== 'PAID' || !payment.channel || !person) {
      return { refused: 'ORDER_NOT_PAID' }
    }
    const leftFen = (payment.amountFen ?? 0) - payment.refundedFen
    if (amountFen > leftFen && !this.has('refunds more than was paid')) {
      return { refused: 'REFUND_EXCEEDS_PAYMENT' }
    }
    const at = new Date(this.now()).toISOString()
    const refund: Refund = {
      orderNo,
      refundNo,
      status: 'REFUNDED',
      amountFen,
      channel: payment.channel,
      createdAt: at,
      settledAt: at,
    }
    refunds.set(refundNo, refund)
    payment.refundedFen += amountFen
    person.balanceFen += amountFen
    this.#write(order, undefined, 'refund', 'in', amountFen)
    return { status: 200, body: refund }
  }

  getRefund(terminalId: string, orderNo: string, refundNo: string): Outcome<Refund> {
    const order = this.orders.get(`${terminalId}/${orderNo}`)
    if (!order) return { refused: 'ORDER_NOT_FOUND' }
    const refund = order.refunds.get(refundNo)
    return refund ? { status: 200, body: refund } : { refused: 'REFUND_NOT_FOUND' }
  }

  billOf(personId: string): BillEntry[] {
    return this.#bill
      .filter((line) => line.personId === personId)
      .map(({ entry }) => entry)
      .reverse()
  }

  /** As if a minute had passed. */
  expireCodes(): void {
    for (const code of this.#codes.values()) code.expiresMs = 0
  }

  accountsOf(person: FakePerson) {
    return {
      accounts: [
        {
          account: 'wallet',
          status: 'open',
          balanceFen: person.balanceFen,
          asOf: new Date(this.now()).toISOString(),
        },
        { account: 'one_card', status: 'not_open', balanceFen: null, asOf: null },
      ],
      defaultAccount: person.defaultAccount,
      fallbackCard: null,
      limits: {
        singleFen: SINGLE_LIMIT_FEN,
        dailyFen: 1_000_000,
        spentTodayFen: person.spentTodayFen,
      },
    }
  }

  #person(
    cardNo: string,
    name: string,
    personClass: FakePerson['class'],
    balanceFen: number,
  ): FakePerson {
    const id = randomUUID()
    const defaultAccount = 'wallet'
    const none = {
      ...{ spentTodayFen: 0, hasPassword: false, hasAgreement: false, hasFaceConsent: false },
      tokens: (['card', 'face'] as const).map((kind) => ({ kind, value: `${kind}-${cardNo}` })),
    }
    return { id, cardNo, name, class: personClass, balanceFen, defaultAccount, ...none }
  }

  /** At once, or after some queries. It counted against the day before. */
  #take(order: Order): void {
    const { payment, person, account } = order
    order.queriesLeft = this.slowFor
    payment.status = this.slowFor > 0 ? 'PROCESSING' : 'PAID'
    payment.confirmBy = null
    if (this.slowFor > 0 || !person || !account) return
    payment.channel = account
    payment.settledAt = new Date(this.now()).toISOString()
    person.balanceFen -= payment.amountFen ?? 0
  }

  #entry(orderNo: string, amountFen: number): BillEntry {
    const id = randomUUID()
    return {
      entryId: id,
      paymentId: id,
      kind: 'payment',
      direction: 'out',
      status: 'REFUSED',
      at: new Date(this.now()).toISOString(),
      merchantName: this.merchant.name,
      terminalName: '3 号窗口',
      means: 'code',
      channel: null,
      cardTail: null,
      listFen: amountFen,
      rule: null,
      amountFen,
      orderNo,
      refusal: null,
    }
  }

  #write(
    { person, payment }: Order,
    shown: Shown | undefined,
    kind: BillEntry['kind'],
    direction: BillEntry['direction'],
    amountFen: number,
  ): void {
    if (!person) return
    const { paymentId, status, means, channel, listFen, rule, refusal: why, orderNo } = payment
    const entry: BillEntry = {
      ...this.#entry(orderNo, amountFen),
      paymentId,
      kind,
      direction,
      status: kind === 'refund' ? 'REFUNDED' : status,
      means,
      channel,
      listFen,
      rule,
      refusal: why,
    }
    if (!this.has('writes no bill')) this.#bill.push({ personId: person.id, entry })
    this.#tell(person, shown, entry)
  }

  #tell(person: FakePerson, shown: Shown | undefined, entry: BillEntry): void {
    this.tell(person, {
      type: 'payment',
      entry,
      deviceId: null,
      codeId: shown?.codeId ?? null,
      account: shown?.account ?? null,
    })
  }

  /** Writes an event. */
  tell(person: FakePerson, data: PersonEvent['data']): void {
    if (this.has('writes no events')) return
    const cursor = String(this.events.length + 1)
    const at = new Date(this.now()).toISOString()
    const { id: personId } = person
    this.events.push({ schoolId: this.school.id, personId, event: { cursor, at, data } })
  }
}

function answerPay(order: Order, content: string): Outcome<unknown> {
  const { payment } = order
  if (order.content === undefined) return { refused: 'ORDER_REVERSED' }
  if (order.content !== content) return { refused: 'ORDER_NO_REUSED' }
  if (payment.refusal) return { refused: payment.refusal.code }
  if (payment.status === 'REVERSED') return { refused: 'ORDER_REVERSED' }
  return { status: payment.status === 'PAID' ? 200 : 202, body: payment }
}

function refusal(code: ErrorCode) {
  return { refusal: { code, message: describeError(code).sentences } }
}

export function maskName(name: string): string {
  return `${name.slice(0, 1)}*${name.slice(2)}`
}

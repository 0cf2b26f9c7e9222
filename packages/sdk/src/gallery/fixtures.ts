import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import { createCell } from '../cell.ts'
import type {
  EnrolmentState,
  Loadable,
  Model,
  OpenBill,
  PayState,
  SessionState,
  ShownCode,
  ShownProblem,
} from '../model.ts'
import { type GivenAccess, makeAccessModel } from './access-fixtures.ts'
import { type GivenHost, makeHostModel } from './host-fixtures.ts'
import { type GivenWallet, makeWalletModel } from './wallet-fixtures.ts'
import { type GivenWays, makeWaysModel } from './ways-fixtures.ts'

/** Sunday noon in Shanghai, in every picture. */
export const NOON = Date.UTC(2026, 10, 22, 4, 4, 18)
const MINUTE = 60_000

export const card: Card = {
  status: 'active',
  maskedName: '林*夏',
  maskedCardNo: '2023••••417',
  class: 'student',
  school: {
    id: '1001',
    name: '云谷大学',
    nameEn: 'Yungu University',
    accent: '#2455c9',
    supportContact: '图书馆一楼 · 025-8000 1234',
  },
  campus: '仙林校区',
}

export const accounts: Accounts = {
  accounts: [
    { account: 'wallet', status: 'open', balanceFen: 12_840, asOf: iso(-20_000) },
    { account: 'one_card', status: 'open', balanceFen: 5_620, asOf: iso(-2 * MINUTE) },
  ],
  defaultAccount: 'wallet',
  fallbackCard: { bankName: '建设银行', tail: '1234' },
  limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 3_550 },
}

export const oneCardDown: Accounts = {
  ...accounts,
  accounts: [
    { account: 'wallet', status: 'open', balanceFen: 12_840, asOf: iso(-20_000) },
    { account: 'one_card', status: 'unavailable', balanceFen: null, asOf: null },
  ],
}

export const code: ShownCode = {
  kind: 'code',
  digits: '711001120143221573602495',
  source: 'issued',
  account: 'wallet',
  revealed: false,
  drawnAt: NOON - 18_000,
  refreshAt: NOON + 32_000,
  serial: 1,
}

export const paid: BillEntry = {
  entryId: '019ab000-0000-7000-8000-000000000001',
  paymentId: '019ab000-0000-7000-8000-000000000002',
  kind: 'payment',
  direction: 'out',
  status: 'PAID',
  at: iso(-2000),
  merchantName: '第一食堂',
  terminalName: '3 号窗口',
  means: 'code',
  channel: 'wallet',
  cardTail: null,
  listFen: 1_500,
  rule: { name: { 'zh-CN': '学生优惠', en: 'Student price' }, changeFen: -250 },
  amountFen: 1_250,
  orderNo: 'W3-20261122-8317',
  refusal: null,
}

export function refused(code: ErrorCode, amountFen = 1_250): BillEntry {
  return {
    ...paid,
    status: 'REFUSED',
    channel: null,
    amountFen,
    listFen: amountFen,
    rule: null,
    refusal: { code, message: describeError(code).sentences },
  }
}

export function problem(code: ErrorCode): ShownProblem {
  return { code, sentences: describeError(code).sentences, requestId: 'b7f2c19e' }
}

export function billPage(): OpenBill {
  const at = (days: number, minutes: number) => iso(-(days * 24 * 60 + minutes) * MINUTE)
  let n = 10
  const row = (change: Partial<BillEntry>): BillEntry => ({
    ...paid,
    entryId: `019ab000-0000-7000-8000-0000000000${n++}`,
    ...change,
  })
  const plain = { listFen: 900, rule: null, amountFen: 900 }
  return {
    month: '2026-11',
    outFen: 38_620,
    inFen: 11_800,
    entries: [
      row({ at: at(0, 0) }),
      row({
        ...refused('CODE_EXPIRED', 600),
        entryId: `${paid.entryId.slice(0, -2)}99`,
        at: at(0, 12),
        merchantName: '校园超市',
      }),
      row({
        at: at(0, 260),
        ...plain,
        means: 'card',
        channel: 'one_card',
        merchantName: '第二食堂',
      }),
      row({
        at: at(1, 30),
        ...plain,
        amountFen: 26_800,
        channel: 'bank_card',
        cardTail: '1234',
        merchantName: '校园书店与文创用品商店（仙林校区总店）',
        terminalName: '收银台 1',
      }),
      row({
        at: at(1, 200),
        kind: 'refund',
        direction: 'in',
        amountFen: 1_800,
        status: 'REFUNDED',
      }),
      row({ at: at(3, 90), ...plain, status: 'UNKNOWN', channel: null, merchantName: '打印店' }),
      row({ at: at(3, 140), ...plain, status: 'REVERSED', merchantName: '校园超市' }),
      row({
        at: at(4, 10),
        ...plain,
        kind: 'top_up',
        direction: 'in',
        amountFen: 10_000,
        merchantName: null,
        terminalName: null,
        orderNo: null,
        means: null,
        channel: 'bank_card',
        cardTail: '1234',
        status: 'SUCCEEDED',
      }),
      row({
        at: at(4, 50),
        ...plain,
        kind: 'withdrawal',
        direction: 'out',
        amountFen: 5_000,
        merchantName: null,
        terminalName: null,
        orderNo: null,
        means: null,
        channel: 'bank_card',
        cardTail: '1234',
        status: 'DECLINED',
      }),
    ],
    next: 'older',
    filter: {},
  }
}

/** As the core narrows: by kind, channel and part of a name; the sums are of what is left. */
function narrowed(page: OpenBill): OpenBill {
  const { kind, channel, search = '' } = page.filter
  if (!kind && !channel && !search) return page
  const entries = page.entries.filter(
    (entry) =>
      (!kind || entry.kind === kind) &&
      (!channel || entry.channel === channel) &&
      `${entry.merchantName} ${entry.terminalName}`.includes(search),
  )
  const sum = (direction: string) =>
    entries
      .filter((entry) => entry.direction === direction && entry.status !== 'REFUSED')
      .reduce((fen, entry) => fen + entry.amountFen, 0)
  return { ...page, entries, outFen: sum('out'), inFen: sum('in'), next: null }
}

/** A model that stands still, except for what a person does to it. */
export function makeModel(given: {
  session?: SessionState
  online?: boolean
  card?: Loadable<Card>
  accounts?: Loadable<Accounts>
  pay?: PayState
  enrolment?: EnrolmentState
  bill?: Loadable<OpenBill>
  wallet?: GivenWallet
  access?: GivenAccess
  ways?: GivenWays
  host?: GivenHost
}): Model {
  const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })
  const start = Date.now()
  const pay = createCell<PayState>(given.pay ?? code)
  const cards = createCell(given.card ?? loaded(card))
  const enrolment = createCell<EnrolmentState>(given.enrolment ?? { kind: 'none', canEnrol: true })
  const bill = createCell<Loadable<OpenBill>>(given.bill ?? loaded(billPage()))
  const draw = (change: Partial<ShownCode>) => {
    const last = pay.value.kind === 'code' ? (pay.value as ShownCode) : code
    pay.value = {
      ...last,
      serial: last.serial + 1,
      drawnAt: now(),
      refreshAt: now() + 50_000,
      ...change,
    }
  }
  const now = () => NOON + Date.now() - start
  return {
    session: createCell(given.session ?? { kind: 'open' }),
    online: createCell(given.online ?? true),
    card: cards,
    accounts: createCell(given.accounts ?? loaded(accounts)),
    pay,
    enrolment,
    bill,
    wallet: createCell(makeWalletModel(given.wallet)),
    access: createCell(makeAccessModel(given.access)),
    ways: createCell(makeWaysModel(given.ways)),
    host: createCell(makeHostModel(given.host)),
    returned: false,
    now,
    refresh: async () => {},
    claimCard: async () => {
      cards.value = loaded({ ...card, status: 'active' })
    },
    revealCardNumber: async () => '202302110417',
    showPay: () => () => {},
    refreshCode: () => draw({ digits: '711001120143220468426592' }),
    chooseAccount: (account) => draw({ account }),
    setRevealed: (revealed) => draw({ revealed }),
    nextCode: () => draw({}),
    startEnrolment: async () => {
      enrolment.value = { kind: 'sent', phoneTail: '5678', resendAt: now() + 60_000 }
    },
    confirmEnrolment: async () => {
      enrolment.value = { kind: 'done' }
    },
    dismissEnrolment: () => {
      enrolment.value = { kind: 'none', canEnrol: true }
    },
    openBill: ({ month, ...filter }) => {
      if (bill.value.value) bill.value = loaded(narrowed({ ...billPage(), month, filter }))
    },
    moreBill: () => {},
    renewSession: () => {},
  }
}

function iso(offset: number): string {
  return new Date(NOON + offset).toISOString()
}

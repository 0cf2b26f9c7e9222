import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { createCell } from '../cell.ts'
import type { EnrolmentState, Model, PayState } from '../model.ts'
import type { ScreenName } from '../screens/options.ts'
import {
  accounts,
  billPage,
  card,
  code,
  makeModel,
  NOON,
  oneCardDown,
  paid,
  problem,
  refused,
} from './fixtures.ts'

export interface GalleryState {
  model: Model
  screen: ScreenName
  /** Mounted alone, without tabs. */
  single?: boolean
  /** What to tap, one after the other, to get there. */
  taps?: readonly string[]
  /** Set once there. */
  finish?(): void
}

type Given = Parameters<typeof makeModel>[0]

const onCard = (given: Given) => () => ({ model: makeModel(given), screen: 'card' as const })
const onPay = (given: Given) => () => ({ model: makeModel(given), screen: 'pay' as const })
const withCard = (change: Partial<Card>) =>
  onCard({ card: { value: { ...card, ...change }, at: NOON, loading: false } })
const withResult = (entry: BillEntry, given: Given = {}) =>
  onPay({ ...given, pay: { kind: 'result', entry, at: NOON } })
const withBlocked = (code: ErrorCode, given: Given = {}) =>
  onPay({ ...given, pay: { kind: 'blocked', account: 'wallet', problem: problem(code) } })
const withEnrolment = (enrolment: EnrolmentState) => () => {
  const shown = createCell<EnrolmentState>({ kind: 'offered' })
  return {
    model: { ...makeModel({}), enrolment: shown },
    screen: 'card' as const,
    taps: ['.offer'],
    finish() {
      shown.value = enrolment
    },
  }
}
const onBill =
  (given: Given, ...taps: string[]) =>
  () => ({
    model: makeModel(given),
    screen: 'pay' as const,
    taps: ['.bar-action', ...taps],
  })
const loading = { loading: true }
const failed = { loading: false, problem: problem('CORE_UNREACHABLE') }
const value = <T>(given: T) => ({ value: given, at: NOON, loading: false })
const offlineCaps = { singleFen: 10_000, dailyFen: 30_000, dailyCount: 5 }
const poor = {
  accounts: value({
    ...accounts,
    accounts: accounts.accounts.map((each) => ({ ...each, balanceFen: 120 })),
    fallbackCard: null,
  }),
}

/** Every state of the screens, by the name that the page's address takes. */
export const states: Record<string, () => GalleryState> = {
  // Card
  card: onCard({}),
  'card-offer': onCard({ enrolment: { kind: 'offered' } }),
  'card-teacher': withCard({ class: 'teacher', maskedName: '欧*修', maskedCardNo: '10••32' }),
  'card-one-card-down': onCard({ accounts: value(oneCardDown) }),
  'card-loading': onCard({ card: loading, accounts: loading }),
  'card-balances-loading': onCard({ accounts: loading }),
  'card-failed': onCard({ card: failed, accounts: failed }),
  'card-stale': onCard({
    online: false,
    card: { value: card, at: NOON - 600_000, ...failed },
    accounts: { value: accounts, at: NOON - 600_000, ...failed },
  }),
  unclaimed: withCard({ status: 'unclaimed' }),
  locked: withCard({ status: 'locked' }),
  closed: withCard({ status: 'closed' }),
  'card-session-lost': onCard({
    session: { kind: 'lost', problem: problem('SESSION_PROVIDER_FAILED') },
  }),
  'signed-out': onCard({ session: { kind: 'signed_out' } }),

  // Pay
  pay: onPay({}),
  'pay-alone': () => ({ model: makeModel({}), screen: 'pay', single: true }),
  'pay-offer': onPay({ enrolment: { kind: 'offered' } }),
  'pay-revealed': onPay({ pay: { ...code, revealed: true } }),
  'pay-one-card': onPay({ pay: { ...code, account: 'one_card' } }),
  'pay-one-card-down': onPay({ accounts: value(oneCardDown) }),
  'pay-no-fallback': onPay({ accounts: value({ ...accounts, fallbackCard: null }) }),
  'pay-loading': onPay({ pay: { kind: 'loading' }, accounts: loading, card: loading }),
  'pay-hidden': onPay({ pay: { kind: 'hidden' } }),
  'pay-offline': onPay({ online: false, pay: { ...code, source: 'device' } }),
  'pay-offline-caps': onPay({
    online: false,
    pay: { ...code, source: 'device', offlineCaps } satisfies PayState,
  }),
  'pay-session-lost': onPay({
    pay: { kind: 'loading' },
    session: { kind: 'lost', problem: problem('SESSION_PROVIDER_FAILED') },
  }),

  // No code
  'blocked-unclaimed': withBlocked('CARD_NOT_CLAIMED'),
  'blocked-locked': withBlocked('CARD_LOCKED'),
  'blocked-closed': withBlocked('CARD_CLOSED'),
  'blocked-not-open': withBlocked('ACCOUNT_NOT_OPEN', {
    accounts: value({
      ...accounts,
      accounts: accounts.accounts.map((each) =>
        each.account === 'wallet'
          ? { ...each, status: 'not_open' as const, balanceFen: null }
          : each,
      ),
    }),
  }),
  'blocked-one-card-down': onPay({
    accounts: value(oneCardDown),
    pay: { kind: 'blocked', account: 'one_card', problem: problem('ONE_CARD_UNAVAILABLE') },
  }),
  'blocked-engine': withBlocked('ENGINE_UNSUPPORTED'),
  'blocked-network': withBlocked('NETWORK_LOST', { online: false }),
  'blocked-clock': withBlocked('PROOF_EXPIRED'),
  'blocked-paused': withBlocked('DEVICE_CODES_PAUSED'),
  'blocked-other': withBlocked('INTERNAL'),

  // What became of the scan
  paid: withResult(paid),
  'paid-fallback': withResult({ ...paid, channel: 'bank_card', cardTail: '1234' }),
  'paid-plain': withResult({ ...paid, rule: null, listFen: 1_250, channel: 'one_card' }),
  'paid-surcharge': withResult({
    ...paid,
    rule: { name: { 'zh-CN': '校外加价', en: 'External price' }, changeFen: 300 },
    amountFen: 1_800,
  }),
  'paid-large': withResult({ ...paid, rule: null, listFen: 1_234_567, amountFen: 1_234_567 }),
  'refused-used': withResult(refused('CODE_USED')),
  'refused-expired': withResult(refused('CODE_EXPIRED')),
  'refused-not-recognised': withResult(refused('CODE_NOT_RECOGNISED')),
  'refused-clock': withResult(refused('CODE_NOT_YET_VALID')),
  'refused-insufficient': withResult(refused('INSUFFICIENT_FUNDS')),
  'refused-insufficient-both': withResult(refused('INSUFFICIENT_FUNDS'), poor),
  'refused-single': withResult(refused('OVER_SINGLE_LIMIT', 26_000)),
  'refused-daily': withResult(refused('OVER_DAILY_LIMIT', 9_900), {
    accounts: value({ ...accounts, limits: { ...accounts.limits, spentTodayFen: 95_000 } }),
  }),
  'refused-locked': withResult(refused('CARD_LOCKED')),
  'refused-password': withResult(refused('PASSWORD_REQUIRED')),
  'refused-one-card': withResult(refused('ONE_CARD_UNAVAILABLE'), {
    accounts: value({ ...oneCardDown, defaultAccount: 'one_card' }),
  }),
  'refused-merchant': withResult(refused('MERCHANT_NOT_ACCEPTING')),
  'refused-bank': withResult(refused('BANK_DECLINED', 26_000)),
  'refused-bank-silent': withResult(refused('BANK_UNAVAILABLE', 26_000)),
  'refused-offline-cap': withResult(refused('DEVICE_OFFLINE_CAP', 15_000)),
  'refused-identity': withResult(refused('CODE_IDENTITY_ONLY')),
  'refused-other': withResult(refused('TERMINAL_DISABLED')),
  processing: withResult({ ...paid, status: 'PROCESSING', channel: null }),
  unknown: withResult({ ...paid, status: 'UNKNOWN', channel: null }),
  reversing: withResult({ ...paid, status: 'REVERSING' }),
  reversed: withResult({ ...paid, status: 'REVERSED' }),

  // Pages opened by a tap
  enrol: withEnrolment({ kind: 'offered' }),
  'enrol-sending': withEnrolment({ kind: 'sending' }),
  'enrol-sent': withEnrolment({ kind: 'sent', phoneTail: '5678', resendAt: NOON + 45_000 }),
  'enrol-wrong': withEnrolment({
    kind: 'sent',
    phoneTail: '5678',
    resendAt: NOON - 1,
    problem: problem('SMS_CODE_WRONG'),
  }),
  'enrol-confirming': withEnrolment({ kind: 'confirming', phoneTail: '5678' }),
  'enrol-failed': withEnrolment({ kind: 'failed', problem: problem('PHONE_MISSING') }),
  'enrol-done': withEnrolment({ kind: 'done' }),
  'enrol-unsupported': withEnrolment({ kind: 'none', canEnrol: false }),
  bill: onBill({}),
  'bill-empty': onBill({
    bill: value({ month: '2026-11', outFen: 0, inFen: 0, entries: [], next: null }),
  }),
  'bill-loading': onBill({ bill: loading }),
  'bill-failed': onBill({ bill: failed }),
  'bill-more-loading': onBill({ bill: { value: billPage(), at: NOON, loading: true } }),
  entry: onBill({}, 'li .bill-row'),
  'entry-refused': onBill({}, 'li:nth-child(2) .bill-row'),
  'entry-fallback': onBill({}, 'section:nth-of-type(2) .bill-row'),
}

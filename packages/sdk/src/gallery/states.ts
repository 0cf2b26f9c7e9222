import type { AccessOverview } from '@campus-ecode/protocol/access'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import { consentTexts } from '@campus-ecode/protocol/consents'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Transfer, Wallet } from '@campus-ecode/protocol/wallet'
import type { GateNews, Scene } from '../access-model.ts'
import { createCell } from '../cell.ts'
import type { Done, EnrolmentState, Model, PayState } from '../model.ts'
import type { ScreenName } from '../screens/options.ts'
import type { KeypadState, TransferState, WalletModel } from '../wallet-model.ts'
import {
  accessCode,
  attendance,
  type GivenAccess,
  gateRefused,
  gatherings,
  lecture,
  meetings,
  opened,
  overview,
  reach,
  records,
} from './access-fixtures.ts'
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
import { hostStates } from './host-states.ts'
import {
  awaitingFace,
  ccb,
  type GivenWallet,
  makeWalletModel,
  notices,
  noWallet,
  openWallet,
  transfer,
  waiting,
} from './wallet-fixtures.ts'
import { waysStates } from './ways-states.ts'

export interface GalleryState {
  model: Model
  screen: ScreenName
  /** Mounted alone, without tabs. */
  single?: boolean
  /** What to tap, one after the other, to get there. */
  taps?: readonly string[]
  /** What to type then, and where. */
  type?: readonly [selector: string, text: string]
  /** What to tap after that. */
  tapsAfter?: readonly string[]
  /** Set once there. */
  finish?(): void
  /** Drawn over a page, as the cashier is. */
  over?: boolean
  /** What the phone's camera is like, and what it sees. */
  camera?: 'live' | 'denied'
  /** On a page of the school's account in WeChat. */
  inWechat?: boolean
  scans?: string
  /** The page is not on https. */
  insecure?: boolean
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
    model: { ...makeModel({ wallet: has({ password: 'not_set' }) }), enrolment: shown },
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
    taps: ['.bar-action:last-child', ...taps],
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

const bad = (code: ErrorCode): Done => ({ kind: 'refused', problem: problem(code) })
const onWallet =
  (wallet: GivenWallet, ...taps: string[]) =>
  () => ({ model: makeModel({ wallet }), screen: 'wallet' as const, taps })
const needsFace = { wallet: value({ ...noWallet, needsFace: true }) }
const has = (change: Partial<Wallet>) => ({ wallet: value({ ...openWallet, ...change }) })
/** Rows of the open wallet, from the top. */
const row = (section: 1 | 2 | 3, at: number) =>
  `section.purse ~ section:nth-of-type(${section + 1}) li:nth-child(${at}) .way`
const [cardsRow, limitsRow, agreementRow] = [row(1, 1), row(1, 3), row(1, 4)]
const [passwordRow, devicesRow, lockRow] = [row(2, 1), row(2, 2), row(2, 3)]
const [privacyRow, helpRow] = [row(3, 1), row(3, 2)]
const bellRow = '.bell .way'
const [topUp, withdraw] = ['.purse-action.main', '.purse-action + .purse-action']
const typed = ['.key-1', '.key-0', '.key-0', '.key-dot', '.key-5']
const moved = (status: Transfer['status'], kind: Transfer['kind'] = 'top_up') =>
  onWallet(
    {
      ...has({ pending: [{ ...transfer, status, kind }] }),
    },
    '.purse + .rows .way',
  )
const withTransfer = (state: TransferState) => () => {
  const shown = createCell<TransferState | undefined>(undefined)
  const model = makeModel({})
  const wallet = { ...makeWalletModel({}), transfer: shown }
  return {
    model: { ...model, wallet: createCell<WalletModel | undefined>(wallet) },
    screen: 'wallet' as const,
    taps: [topUp],
    finish() {
      shown.value = state
    },
  }
}
const file = { kind: 'ready', name: 'campus-ecode.json', text: '{\n  "about": {}\n}' } as const
const draft = { kind: 'top_up', transferId: 't1', cardId: ccb.cardId, amountFen: 10_000 } as const
const keypad: KeypadState = {
  approvalId: 'a1',
  url: 'about:blank',
  ticket: 't1',
  action: draft,
  step: 'opening',
}

const onAccess =
  (access: GivenAccess, ...taps: string[]) =>
  () => ({ model: makeModel({ access }), screen: 'access' as const, taps })
const knows = (change: Partial<AccessOverview>) => ({ overview: value({ ...overview, ...change }) })
const at = (purpose: Scene['purpose'], context = 0) => ({
  code: { ...accessCode, scene: { purpose, context } },
})
const shut = (code: ErrorCode) => ({ code: { kind: 'blocked' as const, problem: problem(code) } })
const said = (refusal: GateNews['refusal']) => ({
  code: { kind: 'result' as const, news: { ...gateRefused, refusal } },
})
const lockedCard = { card: value({ ...card, status: 'locked' as const }) }
const teaches = knows({ mayGather: true })
const [toIdentity, toRecords, toGather] = [1, 2, 3].map(
  (nth) => `.beyond li:nth-child(${nth}) button`,
) as [string, string, string]

/** The SMS code typed: bound, and the password comes next. */
function boundState(): GalleryState {
  return {
    model: makeModel({ wallet: { wallet: value(noWallet), binding: waiting } }),
    screen: 'wallet',
    taps: ['.enrol .button'],
    type: ['.sms-field', '123456'],
  }
}

/** Every state of the screens, by the name that the page's address takes. */
export const states: Record<string, () => GalleryState> = {
  ...waysStates,
  ...hostStates,
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

  'awaiting-password': withResult({ ...paid, status: 'AWAITING_PASSWORD', channel: null }),

  // The wallet
  wallet: onWallet({}),
  'wallet-pending': onWallet(
    has({
      pending: [
        transfer,
        { ...transfer, transferId: 'd2', kind: 'withdrawal', status: 'UNKNOWN', amountFen: 5_000 },
      ],
    }),
  ),
  'wallet-new': onWallet(
    has({ password: 'not_set', cards: [ccb], agreement: { signedAt: null, urged: true } }),
  ),
  'wallet-urged': onWallet(has({ agreement: { signedAt: null, urged: true } })),
  'wallet-password-locked': onWallet(has({ password: 'locked' })),
  'wallet-no-card': onWallet(has({ cards: [] })),
  'wallet-large': onWallet(
    has({
      balanceFen: 1_234_567,
      limits: { ...openWallet.limits, singleFen: 500_000, dailyFen: 500_000 },
    }),
  ),
  'wallet-card-locked': () => ({
    model: makeModel({ card: value({ ...card, status: 'locked' }) }),
    screen: 'wallet',
  }),
  'wallet-loading': onWallet({ wallet: loading }),
  'wallet-failed': onWallet({ wallet: failed }),
  'wallet-stale': onWallet({ wallet: { value: openWallet, at: NOON - 600_000, ...failed } }),
  'wallet-scope': onWallet({ wallet: { loading: false, problem: problem('SCOPE_MISSING') } }),
  'wallet-none': onWallet({ wallet: value(noWallet) }),
  'wallet-none-unclaimed': () => ({
    model: makeModel({
      card: value({ ...card, status: 'unclaimed' }),
      wallet: { wallet: value(noWallet) },
    }),
    screen: 'wallet',
  }),
  'wallet-closed': onWallet({ wallet: value({ ...noWallet, status: 'closed', reopensLeft: 2 }) }),
  'wallet-closed-for-good': onWallet({
    wallet: value({ ...noWallet, status: 'closed', reopensLeft: 0 }),
  }),
  'wallet-reopen': onWallet(
    { wallet: value({ ...openWallet, status: 'closed', balanceFen: 0, reopensLeft: 2 }) },
    '.enrol .button',
  ),
  'wallet-finished': onWallet({
    finished: { action: { kind: 'sign_agreement' }, done: { kind: 'done', value: {} } },
  }),
  'wallet-finished-cancelled': onWallet({
    finished: { action: { kind: 'sign_agreement' }, done: { kind: 'cancelled' } },
  }),
  bind: onWallet({ wallet: value(noWallet) }, '.enrol .button'),
  'bind-empty': onWallet({ wallet: value(noWallet) }, '.enrol .button', '.form .button'),
  'bind-help': onWallet({ wallet: value(noWallet) }, '.enrol .button', 'summary'),
  'bind-sms': onWallet({ wallet: value(noWallet), binding: waiting }, '.enrol .button'),
  'bound-password': boundState,
  cards: onWallet({}, cardsRow),
  'cards-none': onWallet(has({ cards: [] }), cardsRow),
  'bind-face-consent': onWallet(
    { ...needsFace },
    '.enrol .button',
    '.consent ~ details ~ .consent + details summary',
  ),
  'bind-face-empty': onWallet({ ...needsFace }, '.enrol .button', '.form .button'),
  'bind-face-sms': onWallet(
    { ...needsFace, binding: { ...waiting, awaits: ['SMS_CODE', 'FACE'] } },
    '.enrol .button',
  ),
  'bind-face-begun': onWallet({ ...needsFace, binding: awaitingFace }),
  'bind-face': onWallet({ ...needsFace, binding: awaitingFace }, '.enrol .button'),
  'bind-face-waiting': onWallet(
    { ...needsFace, binding: { ...awaitingFace, left: true } },
    '.enrol .button',
  ),
  'bind-face-unreached': onWallet(
    {
      ...needsFace,
      binding: {
        ...awaitingFace,
        left: true,
        faceCheck: { pageUrl: null, expiresAt: waiting.expiresAt },
        trouble: problem('CORE_UNREACHABLE'),
      },
    },
    '.enrol .button',
  ),
  'bind-face-opening': onWallet(
    { ...needsFace, binding: { ...awaitingFace, faceCheck: null } },
    '.enrol .button',
  ),
  'bind-face-failed': onWallet(
    { ...needsFace, binding: { ...awaitingFace, problem: problem('FACE_CHECK_FAILED') } },
    '.enrol .button',
  ),
  'bind-face-expired': onWallet(
    { ...needsFace, binding: { ...awaitingFace, problem: problem('FACE_CHECK_EXPIRED') } },
    '.enrol .button',
  ),
  'bind-face-bound': onWallet(
    {
      ...needsFace,
      binding: { ...waiting, awaits: [], bound: { wallet: openWallet, verificationId: 'v1' } },
    },
    '.enrol .button',
  ),
  'reopen-face': onWallet(
    has({ status: 'closed', needsFace: true, balanceFen: 0 }),
    '.enrol .button',
  ),
  'cards-unbind': onWallet({}, cardsRow, '.bank .link'),
  'cards-unbind-last': onWallet(has({ cards: [ccb], unbindsLeft: 1 }), cardsRow, '.bank .link'),
  'cards-unbind-none': onWallet(has({ unbindsLeft: 0 }), cardsRow, '.bank .link'),
  'cards-unbind-refused': onWallet(
    { done: bad('TRANSFER_PENDING') },
    cardsRow,
    '.bank .link',
    '.danger',
  ),
  'top-up': onWallet({}, topUp),
  'top-up-typed': onWallet({}, topUp, ...typed),
  'top-up-card': onWallet({}, topUp, '.move-card .link'),
  'top-up-no-password': onWallet({ done: bad('PASSWORD_NOT_SET') }, topUp, '.quick', '.key-go'),
  withdraw: onWallet({}, withdraw),
  'withdraw-too-much': onWallet({}, withdraw, '.key-9', '.key-9', '.key-9'),
  'transfer-sending': withTransfer({ kind: 'sending', draft }),
  'transfer-processing': moved('PROCESSING'),
  'transfer-unknown': moved('UNKNOWN', 'withdrawal'),
  'transfer-done': withTransfer({
    kind: 'known',
    transfer: { ...transfer, status: 'SUCCEEDED', settledAt: transfer.createdAt },
  }),
  'transfer-declined': withTransfer({
    kind: 'known',
    transfer: { ...transfer, status: 'DECLINED', settledAt: transfer.createdAt },
  }),
  'transfer-refused': withTransfer({ kind: 'refused', draft, problem: problem('CARD_LOCKED') }),
  'transfer-unsure': withTransfer({
    kind: 'unsure',
    draft,
    problem: { code: 'NETWORK_LOST' },
    asking: false,
  }),
  limits: onWallet({}, limitsRow),
  'limits-high': onWallet(
    has({ limits: { ...openWallet.limits, singleFen: 300_000, dailyFen: 500_000 } }),
    limitsRow,
  ),
  'limits-low': onWallet(
    has({ limits: { ...openWallet.limits, singleFen: 1_000, dailyFen: 5_000 } }),
    limitsRow,
  ),
  'limits-wrong': onWallet(
    has({ limits: { ...openWallet.limits, singleFen: 200_000, dailyFen: 100_000 } }),
    limitsRow,
  ),
  agreement: onWallet(has({ agreement: { signedAt: null, urged: true } }), agreementRow),
  'agreement-signed': onWallet({}, agreementRow),
  'agreement-cancel': onWallet({}, agreementRow, '.enrol .button'),
  password: onWallet({}, passwordRow),
  'password-first': onWallet(has({ password: 'not_set' }), passwordRow),
  'password-locked': onWallet(has({ password: 'locked' }), passwordRow),
  'password-sms': onWallet({}, passwordRow, '.enrol .quiet'),
  'password-office': onWallet(
    { ...has({ password: 'locked', cards: [] }), done: bad('PASSWORD_RESET_AT_OFFICE') },
    passwordRow,
    '.enrol .button',
  ),
  devices: onWallet({}, devicesRow),
  'devices-remove': onWallet({}, devicesRow, '.bank .link'),
  'devices-none': onWallet({ devices: value({ devices: [], signIns: [] }) }, devicesRow),
  lock: onWallet({}, lockRow),
  'lock-sure': onWallet({}, lockRow, '.danger'),
  'lock-done': onWallet({}, lockRow, '.danger', '.danger'),
  unlock: () => ({
    model: makeModel({ card: value({ ...card, status: 'locked' }) }),
    screen: 'wallet',
    taps: [lockRow],
  }),
  notices: onWallet({}, bellRow),
  'notices-low': onWallet(
    { notices: value({ ...notices, settings: { lowBalanceFen: 2_000, wechat: true } }) },
    bellRow,
    '.low summary',
  ),
  'notices-low-wrong': () => ({
    ...onWallet({}, bellRow, '.low summary', '.low .button')(),
    type: ['.low input', '0'],
  }),
  'notices-none': onWallet(
    { notices: value({ ...notices, notices: [], unreadCount: 0, next: null }) },
    bellRow,
  ),
  'notices-no-wechat': onWallet(
    {
      notices: value({ ...notices, settings: { lowBalanceFen: 2_000, wechat: false } }),
    },
    bellRow,
  ),
  'notices-failed': onWallet({ notices: failed }, bellRow),
  privacy: onWallet({}, privacyRow),
  'privacy-sure': onWallet({}, privacyRow, '.consent-one .link + .link'),
  'privacy-refused': onWallet(
    { done: bad('CONSENT_BANK_CARD_BOUND') },
    privacyRow,
    '.consent-one .link + .link',
    '.danger',
  ),
  'privacy-fetching': onWallet({ exported: { kind: 'fetching', count: 400 } }, privacyRow),
  'privacy-ready': onWallet({ exported: file }, privacyRow),
  'privacy-text': onWallet({ exported: file }, privacyRow, '.file + .button'),
  help: onWallet({}, helpRow),
  'help-open': onWallet({}, helpRow, '.question summary'),
  'help-search': () => ({ ...onWallet({}, helpRow)(), type: ['.help-search', '忘记密码'] }),
  'help-none': () => ({ ...onWallet({}, helpRow)(), type: ['.help-search', '量子力学'] }),
  'help-refused': () => ({
    ...withResult(refused('OVER_SINGLE_LIMIT', 26_000))(),
    taps: ['.help-link'],
  }),
  'help-entry': onBill({}, 'li .bill-row', '.entry + .row'),
  close: onWallet({}, '.faint'),
  'close-ready': onWallet(has({ balanceFen: 0 }), '.faint'),
  'close-sure': onWallet(has({ balanceFen: 0 }), '.faint', '.danger'),
  'close-pending': onWallet(has({ balanceFen: 0, pending: [transfer] }), '.faint'),
  'keypad-opening': onWallet({ keypad }),
  'keypad-open': onWallet({ keypad: { ...keypad, step: 'open' } }),
  'keypad-blocked': onWallet({ keypad: { ...keypad, step: 'blocked' } }),
  'keypad-stuck': onWallet({ keypad: { ...keypad, step: 'stuck' } }),

  // Access
  access: onAccess({}),
  'access-alone': () => ({ ...onAccess({})(), single: true }),
  'access-teacher': onAccess(teaches),
  'access-library': onAccess(at('library')),
  'access-attendance': onAccess(at('attendance', lecture.context)),
  'access-meetings': onAccess({
    ...knows({ contexts: [...overview.contexts, ...meetings] }),
    ...at('meeting', 17),
  }),
  'access-door-only': onAccess(
    knows({ contexts: overview.contexts.slice(0, 1), places: overview.places.slice(0, 2) }),
  ),
  'access-many-places': onAccess(
    knows({
      places: Array.from({ length: 12 }, (_, nth) => ({
        ...{ purpose: 'door' as const, campus: '仙林校区', zone: `${nth + 1} 号宿舍楼` },
      })),
    }),
  ),
  'access-loading': onAccess({ code: { kind: 'loading' }, overview: loading }),
  'access-hidden': onAccess({ code: { kind: 'hidden' } }),
  'access-offline': () => ({ model: makeModel({ online: false }), screen: 'access' }),
  'access-session-lost': () => ({
    model: makeModel({
      session: { kind: 'lost', problem: problem('SESSION_PROVIDER_FAILED') },
      access: { code: { kind: 'loading' } },
    }),
    screen: 'access',
  }),
  'access-consent': onAccess({
    code: { kind: 'consent', what: consentTexts.gate_records.what, busy: false },
  }),
  'access-consent-loading': onAccess({ code: { kind: 'consent', what: undefined, busy: false } }),
  'access-consent-failed': onAccess({
    code: {
      ...{ kind: 'consent', what: consentTexts.gate_records.what, busy: false },
      problem: problem('CORE_UNREACHABLE'),
    },
  }),
  'access-nowhere': onAccess({ code: { kind: 'nowhere' }, ...knows({ contexts: [] }) }),
  'access-locked': () => ({
    model: makeModel({
      ...lockedCard,
      access: { ...shut('CARD_LOCKED'), reach },
    }),
    screen: 'access',
  }),
  'access-closed': onAccess(shut('CARD_CLOSED')),
  'access-unclaimed': onAccess(shut('CARD_NOT_CLAIMED')),
  'access-first': () => ({
    model: makeModel({ online: false, access: shut('NETWORK_LOST') }),
    screen: 'access',
  }),
  'access-scope': onAccess(shut('SCOPE_MISSING')),
  'access-rate': onAccess(shut('RATE_LIMITED')),
  'access-engine': onAccess(shut('ENGINE_UNSUPPORTED')),
  'access-other': onAccess(shut('INTERNAL')),
  'access-opened': onAccess({ code: { kind: 'result', news: opened } }),
  'access-signed': onAccess({
    code: {
      kind: 'result',
      news: { ...opened, purpose: 'attendance', gateName: '教学楼 A-201 读码器' },
    },
  }),
  'access-refused-time': onAccess(said('NOT_NOW')),
  'access-refused-who': onAccess(said('NOT_ALLOWED')),
  'access-refused-purpose': onAccess(said('WRONG_PURPOSE')),
  'access-refused-late': onAccess(said('SHOWN_LATE')),
  'access-refused-gate': onAccess(said('LIST_STALE')),
  'access-just-refused': onAccess({ news: gateRefused }),
  identity: onAccess({}, toIdentity),
  'identity-loading': onAccess({ identity: { kind: 'loading' } }, toIdentity),
  'identity-offline': onAccess(
    { identity: { kind: 'blocked', problem: problem('NETWORK_LOST') } },
    toIdentity,
  ),
  'identity-locked': onAccess(
    { identity: { kind: 'blocked', problem: problem('CARD_LOCKED') } },
    toIdentity,
  ),
  records: onAccess({}, toRecords),
  'records-none': onAccess({ records: value({ ...records, records: [], next: null }) }, toRecords),
  'records-failed': onAccess({ records: failed }, toRecords),
  'records-loading': onAccess({ records: loading }, toRecords),
  gatherings: onAccess(teaches, toGather),
  'gatherings-none': onAccess(
    { ...teaches, gatherings: value({ ...gatherings, gatherings: [] }) },
    toGather,
  ),
  gather: onAccess(teaches, toGather, '.page > .button'),
  'gather-many': onAccess(
    {
      ...teaches,
      gatherings: value({
        ...gatherings,
        zones: Array.from({ length: 40 }, (_, nth) => `教学楼 ${101 + nth}`),
        groups: Array.from({ length: 60 }, (_, nth) => `软件 ${2301 + nth} 班`),
      }),
    },
    toGather,
    '.page > .button',
  ),
  'gather-empty': onAccess(teaches, toGather, '.page > .button', '.gather .button'),
  attendance: onAccess(teaches, toGather, '.way'),
  'attendance-end': onAccess(teaches, toGather, '.way', '.attended .button'),
  'attendance-none': onAccess(
    { ...teaches, attendance: value({ ...attendance, attendees: [] }) },
    toGather,
    '.way',
  ),
  'locked-reach': () => ({
    model: makeModel({ ...lockedCard, access: { reach } }),
    screen: 'card',
  }),
  'locked-reached': () => ({
    model: makeModel({ ...lockedCard, access: { reach: null } }),
    screen: 'card',
  }),
  'lock-done-reach': () => ({
    model: makeModel({ access: { reach } }),
    screen: 'wallet',
    taps: [lockRow, '.danger', '.danger'],
  }),

  // Pages opened by a tap
  enrol: withEnrolment({ kind: 'offered' }),
  'enrol-known': () => ({
    model: makeModel({ enrolment: { kind: 'offered' } }),
    screen: 'card',
    taps: ['.offer'],
  }),
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
  'enrol-password': withEnrolment({ kind: 'password', enrolmentId: 'e1' }),
  'enrol-done': withEnrolment({ kind: 'done' }),
  'enrol-unsupported': withEnrolment({ kind: 'none', canEnrol: false }),
  bill: onBill({}),
  'bill-empty': onBill({
    bill: value({ month: '2026-11', outFen: 0, inFen: 0, entries: [], next: null, filter: {} }),
  }),
  'bill-loading': onBill({ bill: loading }),
  'bill-failed': onBill({ bill: failed }),
  'bill-more-loading': onBill({ bill: { value: billPage(), at: NOON, loading: true } }),
  'bill-narrow': onBill({}, '.bar-icon', '.chips + .chips .pick:last-child'),
  'bill-refunds': onBill({}, '.pick:nth-child(3)'),
  'bill-none': () => ({ ...onBill({}, '.bar-icon')(), type: ['.search-field', '没有这家店'] }),
  'bill-narrowing': () => ({
    model: {
      ...makeModel({ bill: { value: billPage(), at: NOON, loading: true } }),
      openBill: () => {},
    },
    screen: 'pay',
    taps: ['.bar-action:last-child', '.pick:nth-child(3)'],
  }),
  entry: onBill({}, 'li .bill-row'),
  'entry-refused': onBill({}, 'li:nth-child(2) .bill-row'),
  'entry-fallback': onBill({}, 'section:nth-of-type(2) .bill-row'),
}

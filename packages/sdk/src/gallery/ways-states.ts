import type { BillEntry } from '@campus-ecode/protocol/bill'
import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { Done } from '../model.ts'
import type { ScreenName } from '../screens/options.ts'
import type { Begun } from '../ways-model.ts'
import { accounts, makeModel, NOON, problem } from './fixtures.ts'
import type { GalleryState } from './states.ts'
import {
  askedDraft,
  collection,
  collectionDraft,
  entryOf,
  type GivenWays,
  order,
  orderDraft,
  orderEntry,
  room,
  showered,
  showering,
  toppedUp,
  utilityDraft,
  water,
  wechat,
} from './ways-fixtures.ts'

const value = <T>(given: T) => ({ value: given, at: NOON, loading: false })
const failed = { loading: false, problem: problem('CORE_UNREACHABLE') }
const bad = (code: ErrorCode) => ({ kind: 'refused', problem: problem(code) }) as const
const poor = value({
  ...accounts,
  accounts: accounts.accounts.map((each) => ({ ...each, balanceFen: 420 })),
  fallbackCard: null,
})

type Given = Partial<Parameters<typeof makeModel>[0]>
const at =
  (screen: ScreenName, ways: GivenWays, taps: readonly string[], more: Given = {}) =>
  (): GalleryState => ({ model: makeModel({ ...more, ways }), screen, taps })

/** In WeChat, where the school does not allow merchants' printed codes. */
const narrow: Given = { session: { kind: 'open', scopes: ['card', 'pay', 'bill', 'wallet'] } }

const scanDoor = '.bar-action'
const inScan = (ways: GivenWays, ...taps: string[]) => at('pay', ways, [scanDoor, ...taps])
const servicesRow = 'section.purse ~ section:nth-of-type(2) li:nth-child(5) .way'
const inServices = (ways: GivenWays, ...taps: string[]) =>
  at('wallet', ways, [servicesRow, ...taps])
const [showerRow, utilitiesRow, wechatRow] = [2, 3, 4].map((nth) => `li:nth-child(${nth}) .way`)
const inShower = (state: MyWater, more: Given = {}, ...taps: string[]) =>
  at('wallet', { water: value(state) }, [servicesRow, showerRow ?? '', ...taps], more)
const typedNumber = (state: () => GalleryState) => (): GalleryState => ({
  ...state(),
  type: ['.field-input', '40719 23865'],
  tapsAfter: ['.form .button'],
})

const begun = (
  entry: Partial<BillEntry>,
  busy = false,
): Begun<typeof collectionDraft, BillEntry> => ({
  kind: 'known',
  draft: collectionDraft,
  value: entryOf(entry),
  busy,
})
const refusal = (code: ErrorCode) => ({ code, message: describeError(code).sentences })
const utility = (changes: Parameters<typeof toppedUp>[0]) =>
  inServices(
    {
      toppedUp: { kind: 'known', draft: utilityDraft, value: toppedUp(changes), busy: false },
    },
    utilitiesRow ?? '',
  )

const atCashier =
  (ways: GivenWays, more: Given = {}) =>
  (): GalleryState => ({
    model: makeModel({ ...more, ways }),
    screen: 'cashier' as ScreenName,
    single: true,
    over: true,
  })
const asked = (changes: Partial<BillEntry>) =>
  atCashier({
    subject: { payment: askedDraft.paymentId },
    asked: { kind: 'known', draft: askedDraft, value: entryOf(changes), busy: false },
  })
const collectionLink = `https://pay.school.edu/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`
const withOrder = (changes: Partial<typeof order>) =>
  atCashier({ order: value({ ...order, ...changes }) })
const ordered = (entry: Partial<BillEntry>) =>
  atCashier({
    ordered: { kind: 'known', draft: orderDraft, value: orderEntry(entry), busy: false },
    order: value({ ...order, status: 'PAYING' }),
  })

/** The other ways to pay. */
export const waysStates: Record<string, () => GalleryState> = {
  services: inServices({ water: value(showering) }),
  'services-none': inServices({
    water: value({ ...water, offered: false }),
    utilities: value([]),
    wechat: value({ ...wechat, offered: false }),
  }),
  'services-failed': inServices({ utilities: failed }),
  // Scanning
  scan: () => ({ ...inScan({})(), camera: 'live' }),
  'scan-denied': () => ({ ...inScan({})(), camera: 'denied' }),
  'scan-none': inScan({}),
  'scan-asking': () => ({
    ...inScan({ resolved: 'never' })(),
    camera: 'live',
    scans: collectionLink,
  }),
  'scan-offline': () => ({
    ...inScan({ resolved: bad('NETWORK_LOST') })(),
    camera: 'live',
    scans: collectionLink,
  }),
  'scan-not-here': at('pay', {}, [scanDoor], narrow),
  'scan-link': () => ({ ...inScan({})(), camera: 'live', scans: 'https://example.com/win' }),
  'scan-payment': () => ({ ...inScan({})(), camera: 'live', scans: '711001120143221573602495' }),
  'scan-unknown-merchant': () => ({
    ...inScan({ resolved: bad('COLLECTION_UNKNOWN') })(),
    camera: 'live',
    scans: collectionLink,
  }),
  number: inScan({}, '.scan-way:last-of-type'),
  'number-wrong': typedNumber(inScan({}, '.scan-way:last-of-type')),
  collect: () => toCollect({}),
  'collect-typed': () => toCollect({}, '.key-1', '.key-5'),
  'collect-too-much': () => toCollect({}, '.key-9', '.key-0', '.key-0'),
  'collect-plain': () =>
    toCollect({ resolved: { kind: 'done', value: { ...collection, rule: null } } }, '.key-8'),
  'collect-sending': inScan({ scanned: { kind: 'sending', draft: collectionDraft } }),
  'collect-asked': inScan({ scanned: begun({ status: 'AWAITING_PASSWORD' }) }),
  'collect-locked': inScan({
    scanned: {
      ...begun({ status: 'AWAITING_PASSWORD' }),
      problem: problem('PASSWORD_LOCKED'),
    } as Begun<typeof collectionDraft, BillEntry>,
  }),
  'collect-refused': inScan({
    scanned: { kind: 'refused', draft: collectionDraft, problem: problem('OVER_STATIC_LIMIT') },
  }),
  'collect-refused-late': inScan({
    scanned: begun({ status: 'REFUSED', refusal: refusal('INSUFFICIENT_FUNDS'), channel: null }),
  }),
  'collect-unsure': inScan({
    scanned: {
      kind: 'unsure',
      draft: collectionDraft,
      problem: problem('NETWORK_LOST'),
      asking: false,
    },
  }),
  'collect-processing': inScan({ scanned: begun({ status: 'PROCESSING' }) }),
  'collect-reversed': inScan({ scanned: begun({ status: 'REVERSED' }) }),
  proof: inScan({ scanned: begun({}) }),
  'proof-fallback': inScan({ scanned: begun({ channel: 'bank_card', cardTail: '1234' }) }),

  // The cashier
  cashier: withOrder({}),
  'cashier-plain': withOrder({ rule: null, amountFen: order.listFen }),
  'cashier-loading': atCashier({ order: { loading: true } }),
  'cashier-failed': atCashier({ order: failed }),
  'cashier-unknown': atCashier({ order: { loading: false, problem: problem('ORDER_NOT_FOUND') } }),
  'cashier-refused': atCashier({
    ordered: { kind: 'refused', draft: orderDraft, problem: problem('INSUFFICIENT_FUNDS') },
  }),
  'cashier-asked': ordered({ status: 'AWAITING_PASSWORD' }),
  'cashier-processing': ordered({ status: 'PROCESSING' }),
  'cashier-paid': ordered({}),
  'cashier-busy': withOrder({ status: 'PAYING' }),
  'cashier-closed': withOrder({ status: 'CLOSED' }),
  'cashier-other-paid': withOrder({ status: 'PAID' }),
  'cashier-till': asked({ status: 'AWAITING_PASSWORD' }),
  'cashier-till-late': asked({ status: 'REFUSED', refusal: refusal('PASSWORD_TIMED_OUT') }),
  'cashier-till-unknown': atCashier({
    subject: { payment: askedDraft.paymentId },
    asked: { kind: 'refused', draft: askedDraft, problem: problem('ORDER_NOT_FOUND') },
  }),
  'cashier-handed': atCashier({ subject: { collection: collectionLink } }),
  'cashier-handed-other': atCashier({ subject: { collection: '711001120143221573602495' } }),
  'cashier-handed-not-here': atCashier({ subject: { collection: collectionLink } }, narrow),
  'cashier-handed-unknown': atCashier({
    subject: { collection: collectionLink },
    resolved: { kind: 'refused', problem: problem('COLLECTION_UNKNOWN') },
  }),

  // Showers
  shower: inShower(water),
  'shower-poor': inShower(water, { accounts: poor }),
  'shower-new': inShower({ ...water, password: 'not_set', bathNo: null }),
  'shower-locked': inShower({ ...water, password: 'locked' }),
  'shower-running': inShower(showering),
  'shower-stop': inShower(showering, {}, '.water .button'),
  'shower-ended': inShower(showered),
  'shower-stale': at(
    'wallet',
    { water: { ...value(showering), problem: problem('NETWORK_LOST') } },
    [servicesRow, showerRow ?? ''],
  ),

  // Utilities
  utilities: inServices({}, utilitiesRow ?? ''),
  utility: inServices({}, utilitiesRow ?? '', 'li:nth-child(1) .way'),
  'utility-unknown': inServices(
    { found: bad('UTILITY_ACCOUNT_UNKNOWN') },
    ...[utilitiesRow ?? '', 'li:nth-child(1) .way', '.rows .way'],
  ),
  'utility-amount': inServices(
    { found: { kind: 'done', value: room } satisfies Done<typeof room> },
    ...[utilitiesRow ?? '', 'li:nth-child(1) .way', '.rows .way', '.quick:nth-child(2)'],
  ),
  'utility-short': inServices(
    { found: { kind: 'done', value: room } satisfies Done<typeof room> },
    ...[utilitiesRow ?? '', 'li:nth-child(1) .way', '.rows .way', '.quick:nth-child(4)'],
  ),
  'utility-asked': utility({
    status: 'AWAITING_PASSWORD',
    entry: entryOf({ means: 'utility', status: 'AWAITING_PASSWORD', amountFen: 5_000 }),
    receipt: null,
  }),
  'utility-processing': utility({ status: 'PROCESSING', receipt: null }),
  'utility-confirmed': utility({}),
  'utility-refunded': utility({ status: 'REFUNDED', receipt: null }),

  // WeChat
  wechat: inWechat(inServices({}, wechatRow ?? '')),
  'wechat-elsewhere': inServices({}, wechatRow ?? ''),
  'wechat-no-wallet': inWechat(
    inServices({ wechat: value({ ...wechat, ready: false }) }, wechatRow ?? ''),
  ),
  'wechat-cancelled': backFromWechat('cancelled'),
  'wechat-stuck': backFromWechat('stuck'),
  'wechat-bound': inServices(
    { wechat: value({ ...wechat, bound: true, boundAt: new Date(NOON - 8e8).toISOString() }) },
    wechatRow ?? '',
  ),
  'wechat-unbind': inServices(
    { wechat: value({ ...wechat, bound: true, boundAt: new Date(NOON - 8e8).toISOString() }) },
    ...[wechatRow ?? '', '.enrol .quiet'],
  ),
}

function inWechat(state: () => GalleryState): () => GalleryState {
  return () => ({ ...state(), inWechat: true })
}

function backFromWechat(result: string): () => GalleryState {
  return inWechat(() => ({
    model: makeModel({ wallet: { fromWechat: result } }),
    screen: 'wallet',
  }))
}

/** By the number, which needs no camera. */
function toCollect(ways: GivenWays, ...taps: string[]): GalleryState {
  return {
    ...inScan(ways, '.scan-way:last-of-type')(),
    type: ['.field-input', collection.collectionNo],
    tapsAfter: ['.form .button', ...taps],
  }
}

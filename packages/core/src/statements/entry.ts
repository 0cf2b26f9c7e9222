import { formatYuan } from '@campus-ecode/protocol/money'
import type { Channel, PayMeans, PersonClass } from '@campus-ecode/protocol/shapes'
import type { EntryKind, EntryRow } from './store.ts'

/** A line of a statement; as it stands in the JSON lines. Who paid is not in it. */
export interface Entry {
  entryId: string
  kind: EntryKind
  at: string
  merchantId: string
  merchant: string
  terminalId: string
  terminal: string
  orderNo: string
  refundNo: string | null
  paymentId: string
  means: PayMeans
  channel: Channel
  payerClass: PersonClass
  listFen: number
  amountFen: number
  paidAt: string
}

/** @returns undefined for a posting that is not what payments or refunds have. */
export function toEntry(row: EntryRow, names: ReadonlyMap<string, string>): Entry | undefined {
  const { kind, merchant_id, terminal_id, order_no, payment_id, means, channel, paid_at } = row
  const { list_fen: listFen, amount_fen: amountFen, class: payerClass } = row
  const isWhole =
    merchant_id && terminal_id && order_no && payment_id && means && channel && paid_at
  if (!isWhole || !payerClass || listFen === null || amountFen === null) return undefined
  if (!isEntryKind(kind) || (kind === 'refund') !== (row.refund_no !== null)) return undefined
  return {
    entryId: row.transaction_id,
    kind,
    at: row.posted_at.toISOString(),
    merchantId: merchant_id,
    merchant: names.get(merchant_id) ?? '',
    terminalId: terminal_id,
    terminal: names.get(terminal_id) ?? '',
    orderNo: order_no,
    refundNo: row.refund_no,
    paymentId: payment_id,
    means,
    channel,
    payerClass,
    listFen,
    amountFen,
    paidAt: paid_at.toISOString(),
  }
}

/** Of a posting with a merchant on one side. */
export function isEntryKind(kind: string): kind is EntryKind {
  return kind === 'payment' || kind === 'reversal' || kind === 'refund'
}

const kindNames = { payment: '付款', reversal: '冲正', refund: '退款' }
export const channelNames: Record<Channel, string> = {
  wallet: '电子钱包',
  bank_card: '银行卡',
  one_card: '一卡通',
  wechat: '微信支付',
  alipay: '支付宝',
  unionpay: '云闪付',
}
const meansNames: Record<PayMeans, string> = {
  code: '付款码',
  card: '刷卡',
  face: '刷脸',
  wechat: '微信付款码',
  alipay: '支付宝付款码',
  unionpay: '云闪付付款码',
  collection: '收款码',
  order: '网上订单',
  utility: '水电网缴费',
  water: '用水',
}
const classNames: Record<PersonClass, string> = {
  student: '学生',
  teacher: '教职工',
  external: '校外人员',
  visitor: '访客',
}

export const entryColumns = [
  '入账时间',
  '类型',
  '商户',
  '终端',
  '订单号',
  '退款单号',
  '支付方式',
  '渠道',
  '付款人类别',
  '原价（元）',
  '收款（元）',
  '退回（元）',
  '付款时间',
  '支付编号',
  '流水编号',
  '商户编号',
  '终端编号',
]

/** In the order of `entryColumns`. */
export function toCells(entry: Entry): string[] {
  const isPayment = entry.kind === 'payment'
  return [
    toShanghai(entry.at),
    kindNames[entry.kind],
    asName(entry.merchant),
    asName(entry.terminal),
    asText(entry.orderNo),
    asText(entry.refundNo ?? ''),
    meansNames[entry.means],
    channelNames[entry.channel],
    classNames[entry.payerClass],
    toYuan(entry.listFen),
    isPayment ? toYuan(entry.amountFen) : '',
    isPayment ? '' : toYuan(entry.amountFen),
    toShanghai(entry.paidAt),
    asText(entry.paymentId),
    asText(entry.entryId),
    asText(entry.merchantId),
    asText(entry.terminalId),
  ]
}

/** A tab behind a number is how bills in China keep a spreadsheet from taking it for a quantity. */
export function asText(id: string): string {
  return id === '' ? '' : `${id}\t`
}

/** A name on one line: what is behind a line's end might be taken for a formula again. */
export function asName(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

export function toYuan(fen: number): string {
  return formatYuan(fen).replace('¥', '')
}

/** `2026-09-01 12:03:04`, Asia/Shanghai, which has had no summer time since 1991. */
export function toShanghai(at: string): string {
  const shifted = new Date(Date.parse(at) + 8 * 3_600_000)
  return shifted.toISOString().slice(0, 19).replace('T', ' ')
}

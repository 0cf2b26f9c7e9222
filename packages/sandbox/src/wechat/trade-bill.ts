import type { Trade, TradeBook, TradeRefund } from './trade-book.ts'

const COLUMNS =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const SUMMARY =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

/**
 * The bill of a day, of type ALL: a line for each payment, refund and reversal. None of a day without any.
 *
 * @param drifts One payment stands on it that never happened.
 */
export function writeTradeBill(
  book: TradeBook,
  { appId, mchId, day, drifts }: { appId: string; mchId: string; day: string; drifts: boolean },
): string | undefined {
  const lines: string[] = []
  let paidFen = 0
  let returnedFen = 0
  const add = (trade: Trade, at: number, state: string, refund?: Partial<TradeRefund>) => {
    const tookFen = refund ? 0 : trade.amountFen
    const gaveFen = refund?.amountFen ?? 0
    paidFen += tookFen
    returnedFen += gaveFen
    const values = [
      ...[shanghai(at), appId, mchId, '0', '', trade.transactionId, trade.outTradeNo, trade.openid],
      ...['MICROPAY', state, 'OTHERS', 'CNY', yuan(tookFen), '0.00'],
      ...[refund?.refundId ?? '0', refund?.outRefundNo ?? '0', yuan(gaveFen), '0.00'],
      ...[refund ? 'ORIGINAL' : '', refund?.state ?? '', trade.description, ''],
      ...['0.00000', '0.60%', yuan(tookFen), yuan(gaveFen), ''],
    ]
    lines.push(values.map((value) => `\`${value}`).join(','))
  }
  for (const { trade, refunds } of book.listPaid()) {
    const { paidAt } = trade
    if (paidAt !== null && shanghai(paidAt).startsWith(day)) {
      add(trade, paidAt, 'SUCCESS')
      if (trade.state === 'REVOKED') {
        add(trade, paidAt, 'REVOKED', { amountFen: trade.amountFen, state: 'SUCCESS' })
      }
    }
    for (const refund of refunds) {
      if (shanghai(refund.at).startsWith(day)) add(trade, refund.at, 'REFUND', refund)
    }
  }
  if (drifts) {
    const nobody = { transactionId: '4200009999', outTradeNo: 'drift', openid: 'o-nobody' }
    const at = Date.parse(`${day}T12:00:00+08:00`)
    const rest = {
      amountFen: 1,
      description: '账单漂移',
      state: 'SUCCESS',
      createdAt: at,
      paidAt: at,
    }
    add({ ...nobody, ...rest } as Trade, at, 'SUCCESS')
  }
  if (lines.length === 0) return undefined
  const totals = [String(lines.length), yuan(paidFen), yuan(returnedFen), '0.00', '0.00000']
  const summary = [...totals, yuan(paidFen), yuan(returnedFen)].map((value) => `\`${value}`)
  // A byte order mark and Windows' line ends, as the real one has.
  return `\ufeff${[COLUMNS, ...lines, SUMMARY, summary.join(',')].join('\r\n')}\r\n`
}

function yuan(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
}

/** `2021-01-28 17:07:11`, as clocks there show it. */
function shanghai(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

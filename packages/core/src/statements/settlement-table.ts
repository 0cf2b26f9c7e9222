import type { Statement, StatementSums } from '@campus-ecode/protocol/statement'
import { asName, asText, channelNames, toYuan } from './entry.ts'

const columns = [
  '商户',
  '渠道',
  '付款笔数',
  '付款金额（元）',
  '冲正笔数',
  '冲正金额（元）',
  '退款笔数',
  '退款金额（元）',
  '应结算（元）',
  '应退回（元）',
  '商户编号',
]

/** What is due to each merchant, by channel and together. */
export function settlementRows({
  merchants,
  total,
}: Pick<Statement, 'merchants' | 'total'>): string[][] {
  return [
    columns,
    ...merchants.flatMap(({ merchantId, name, total: ofMerchant, channels }) => [
      ...channels.map(({ channel, ...sums }) =>
        toRow(asName(name), channelNames[channel], sums, merchantId),
      ),
      toRow(asName(name), '小计', ofMerchant, merchantId),
    ]),
    toRow('合计', '', total, ''),
  ]
}

/** What is due stands in a column of its own either way, so that no cell begins with a minus. */
function toRow(name: string, channel: string, sums: StatementSums, merchantId: string): string[] {
  return [
    name,
    channel,
    String(sums.paymentCount),
    toYuan(sums.paymentFen),
    String(sums.reversalCount),
    toYuan(sums.reversalFen),
    String(sums.refundCount),
    toYuan(sums.refundFen),
    toYuan(Math.max(0, sums.netFen)),
    toYuan(Math.max(0, -sums.netFen)),
    asText(merchantId),
  ]
}

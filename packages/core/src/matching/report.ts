import { asName, asText, toYuan } from '../statements/entry.ts'
import type { MatchedResult } from './match-day.ts'
import type { MatchedPort } from './outside-line.ts'
import type { DifferenceKind, DifferenceRow } from './store.ts'

export const portNames: Record<MatchedPort, string> = {
  bank: '银行',
  one_card: '一卡通',
  wechat: '微信支付',
  alipay: '支付宝',
  unionpay: '云闪付',
}
const kindNames: Record<DifferenceKind, string> = {
  missing_here: '我方无账',
  missing_there: '对方无账',
  amount: '金额不符',
  status: '状态不符',
  late: '在途',
}
const advice: Record<DifferenceKind, string> = {
  missing_here: '对方记了账，我方没有：请对方核实，多收的请对方退回',
  missing_there: '我方记了账，对方没有：请对方补记，或查明后退款',
  amount: '双方金额不同：请对方核对原始交易',
  status: '一方成功，另一方未成功或已撤销：请查明以哪一方为准',
  late: '预计次日自动核销，暂不处理',
}
const clearedNames = { arrival: '已核销：迟到账目已到', reversal: '已核销：一方已自行冲回' }
const movementNames: Record<string, string> = {
  debit: '消费扣款',
  refund: '退款',
  top_up: '充值',
  withdrawal: '提现',
}
const stateNames: Record<string, string> = {
  open: '处理中',
  succeeded: '成功',
  declined: '被拒',
  reversed: '已撤销',
}

const sumColumns = [
  '渠道',
  '我方笔数',
  '我方净额（元）',
  '对方笔数',
  '对方净额（元）',
  '未核销差异（笔）',
]
const differenceColumns = [
  '渠道',
  '差异',
  '首次出现',
  '参考号',
  '业务',
  '我方状态',
  '我方金额（元）',
  '对方金额（元）',
  '商户',
  '订单号',
  '处理建议',
]

export type PortResult = Partial<MatchedResult> & { port: MatchedPort }

/** What a finance office reads: each system's sums if it was matched, then every difference, open ones first. */
export function reportRows(schoolId: string, day: string, results: PortResult[]): string[][] {
  return [
    ['对账报告', `学校 ${schoolId}`, `账期 ${day}`],
    [],
    sumColumns,
    ...results.map(({ port, matched, differences = [] }) =>
      matched
        ? [
            portNames[port],
            String(matched.here_count),
            signedYuan(matched.here_fen),
            String(matched.there_count),
            signedYuan(matched.there_fen),
            String(differences.filter(({ kind }) => kind !== null).length),
          ]
        : [portNames[port], '未对账'],
    ),
    [],
    differenceColumns,
    ...results.flatMap(({ port, differences = [] }) =>
      differences.map((difference) => toRow(port, difference)),
    ),
  ]
}

function toRow(port: MatchedPort, row: DifferenceRow): string[] {
  const { kind, cleared_by: clearedBy } = row
  return [
    portNames[port],
    kind ? kindNames[kind] : clearedBy ? clearedNames[clearedBy] : '',
    row.since_day,
    asText(row.reference),
    movementNames[row.movement_kind ?? ''] ?? '',
    stateNames[row.movement_state ?? ''] ?? '',
    signedYuan(row.here_fen),
    signedYuan(row.there_fen),
    asName(row.merchant ?? ''),
    asText(row.order_no ?? ''),
    kind ? advice[kind] : '',
  ]
}

/** In words what is below zero: a minus at the beginning of a cell might be taken for a formula. */
function signedYuan(fen: number): string {
  return fen < 0 ? `退 ${toYuan(-fen)}` : toYuan(fen)
}

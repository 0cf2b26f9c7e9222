/** One line of WeChat's bill of a day. */
export interface TradeBillRow {
  /** As WeChat writes it: Asia/Shanghai, `2021-01-28 17:07:11`. */
  at: string
  transactionId: string
  /** Our reference. */
  outTradeNo: string
  /** SUCCESS, REFUND or REVOKED. One order has more than one line when it was undone. */
  state: string
  /** What this line took; 0 for what only returned something. */
  amountFen: number
  /** What this line returned; 0 for a payment. */
  refundFen: number
  outRefundNo: string | null
  /** As it was when the bill was made. */
  refundState: string | null
}

export interface TradeBill {
  rows: TradeBillRow[]
  /** As WeChat adds it up. */
  totalFen: number
  refundTotalFen: number
}

/**
 * Reads a bill of type ALL. Columns are found by their names, since WeChat adds some; each value of a
 * row begins with a backtick, so that one with commas in it can still be told apart.
 *
 * Throws for a bill that is not whole: a column is missing, a row is of another length, or the summary
 * says something else than the rows.
 */
export function parseTradeBill(text: string): TradeBill {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
  const summaryAt = lines.findIndex((line) => line.startsWith('总交易单数,'))
  const [header, ...rows] = lines.slice(0, summaryAt)
  const [summaryHeader, summary, ...rest] = lines.slice(summaryAt)
  if (summaryAt < 1 || !header || !summaryHeader || !summary || rest.length > 0) {
    throw new Error('the bill is not whole')
  }
  const bill: TradeBill = { rows: readRows(header, rows), totalFen: 0, refundTotalFen: 0 }
  const [total] = readTable(summaryHeader, [summary])
  if (!total) throw new Error('the bill has no summary')
  bill.totalFen = readFen(total('订单总金额'))
  bill.refundTotalFen = readFen(total('申请退款总金额'))
  const paidFen = sum(bill.rows, (row) => row.amountFen)
  const refundFen = sum(bill.rows, (row) => row.refundFen)
  if (
    Number(total('总交易单数')) !== bill.rows.length ||
    bill.totalFen !== paidFen ||
    bill.refundTotalFen !== refundFen
  ) {
    throw new Error("the bill's summary says something else than its rows")
  }
  return bill
}

function readRows(header: string, lines: string[]): TradeBillRow[] {
  return readTable(header, lines).map((value) => ({
    at: value('交易时间'),
    transactionId: value('微信订单号'),
    outTradeNo: value('商户订单号'),
    state: value('交易状态'),
    amountFen: readFen(value('订单金额')),
    refundFen: readFen(value('申请退款金额')),
    outRefundNo: orNull(value('商户退款单号')),
    refundState: orNull(value('退款状态')),
  }))
}

/** A row as a function from a column's name to its value. */
function readTable(header: string, lines: string[]): ((column: string) => string)[] {
  const columns = header.split(',')
  return lines.map((line) => {
    if (!line.startsWith('`')) throw new Error('a row of the bill does not begin as rows do')
    const values = line.slice(1).split(',`')
    if (values.length !== columns.length) throw new Error('a row of the bill is of another length')
    return (column) => {
      const value = values[columns.indexOf(column)]
      if (value === undefined) throw new Error(`the bill has no column ${column}`)
      return value
    }
  })
}

/** WeChat writes 0 where a payment has no refund number. */
const orNull = (value: string) => (value === '' || value === '0' ? null : value)

/** Yuan with up to two decimals as fen, by digits alone. */
export function readFen(yuan: string): number {
  const [, whole, cents = ''] = /^(\d{1,11})(?:\.(\d{1,2})0*)?$/.exec(yuan) ?? []
  if (whole === undefined) throw new Error('an amount of the bill is none')
  return Number(whole) * 100 + Number(cents.padEnd(2, '0'))
}

function sum(rows: TradeBillRow[], of: (row: TradeBillRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0)
}

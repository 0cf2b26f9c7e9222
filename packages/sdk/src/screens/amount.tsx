import { formatYuan } from '@campus-ecode/protocol/money'

/** The largest type on the screen: the sign smaller, the figures in step. */
export function Amount({ fen }: { fen: number }) {
  return (
    <p class="amount" part="amount">
      <span>¥</span>
      {formatYuan(fen).slice(1)}
    </p>
  )
}

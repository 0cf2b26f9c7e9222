import type { BillEntry } from '@campus-ecode/protocol/bill'

/** False while the bank or the one-card system is still being asked. */
export function isSettled({ status }: Pick<BillEntry, 'status'>): boolean {
  return status !== 'PROCESSING' && status !== 'UNKNOWN' && status !== 'REVERSING'
}

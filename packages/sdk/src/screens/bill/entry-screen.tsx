import type { BillEntry } from '@campus-ecode/protocol/bill'
import { useHeading, useView } from '../view.ts'

export function EntryScreen({ entry }: { entry: BillEntry }) {
  const { t } = useView()
  return (
    <h1 ref={useHeading()} tabIndex={-1} data-entry={entry.entryId}>
      {t('detail')}
    </h1>
  )
}

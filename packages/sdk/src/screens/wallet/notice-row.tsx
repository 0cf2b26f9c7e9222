import { useEffect } from 'preact/hooks'
import { moreIcons } from '../more-icon-paths.ts'
import { Row } from '../row.tsx'
import { useChanges } from '../use-cell.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'

/** Looked at so lately, the number stands as it is. */
const FRESH_MS = 30_000

/** The way to the notices, with how many are unread (R41); also on the card. */
export function NoticeRow() {
  const { model, t } = useView()
  const wallet = useWallet()
  useChanges([wallet.notices])
  useEffect(() => {
    const { at = 0, loading } = wallet.notices.value
    if (!loading && model.now() - at > FRESH_MS) void wallet.loadNotices()
  }, [wallet])
  const unread = wallet.notices.value.value?.unreadCount ?? 0
  return (
    <Row
      icon={moreIcons.bell}
      label={t('notices')}
      value={unread ? t('noticesUnread', { n: unread }) : undefined}
      urgent={unread > 0}
      route={{ name: 'in_wallet', page: 'notices' }}
    />
  )
}

import type { Card } from '@campus-ecode/protocol/card'
import { Reach } from '../access-door.tsx'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useView } from '../view.ts'

/** A locked or closed card: what that means, and how it works again. */
export function CardStopped({ card: { status, school } }: { card: Card }) {
  const { t, go } = useView()
  return (
    <>
      <div class="panel stopped">
        <h2>{t(status === 'locked' ? 'lockedTitle' : 'closedTitle')}</h2>
        <p>{t(status === 'locked' ? 'lockedText' : 'closedText')}</p>
        <p class="stopped-contact">
          {t('support')}
          <b>{school.supportContact}</b>
        </p>
        {status === 'locked' && (
          <button
            type="button"
            class="button"
            part="button"
            onClick={() => go({ name: 'in_wallet', page: 'unlock' })}
          >
            {t('doUnlock')}
          </button>
        )}
      </div>
      {status === 'locked' && <Reach />}
      <button type="button" class="panel row" onClick={() => go({ name: 'bill' })}>
        <Icon d={moreIcons.bill} />
        {t('bill')}
        <Icon d={moreIcons.next} />
      </button>
    </>
  )
}

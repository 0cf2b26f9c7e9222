import { EnrolOffer } from '../enrol/enrol-offer.tsx'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'
import { WithWallet } from '../wallet-door.tsx'
import { Balances } from './balances.tsx'
import { CardFace } from './card-face.tsx'
import { CardStopped } from './card-stopped.tsx'
import { Claim } from './claim.tsx'

/** The campus card: whose it is, what is on it, and the way to the code. */
export function CardScreen() {
  const { model, t, go } = useView()
  const { value: card, loading, problem, at } = model.card.value
  return (
    <div class="page">
      <PageBar title={t('card')} />
      {card ? (
        <>
          {problem && at !== undefined && card.status !== 'unclaimed' && (
            <p class="stale">
              <Icon d={icons.offline} />
              {t('stale', { time: formatTime(at) })}
            </p>
          )}
          <CardFace card={card} />
          {card.status === 'active' && <ActiveCard />}
          {card.status === 'unclaimed' && <Claim card={card} />}
          {(card.status === 'locked' || card.status === 'closed') && <CardStopped card={card} />}
          <button
            type="button"
            class="panel row"
            onClick={() => go({ name: 'in_wallet', page: 'help' })}
          >
            <Icon d={moreIcons.help} />
            {t('help')}
            <Icon d={moreIcons.next} />
          </button>
          {card.status === 'active' && (
            <p class="support">
              {t('support')} {card.school.supportContact}
            </p>
          )}
        </>
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void model.refresh()} />
      ) : (
        <div aria-busy="true">
          <div class="face bone" />
          <div class="panel balances bone" />
        </div>
      )}
    </div>
  )
}

function ActiveCard() {
  const { model, t, go, parts } = useView()
  const { wallet, host } = parts.value
  return (
    <>
      <Balances />
      <div class="actions">
        <button type="button" class="action main" part="action" onClick={() => go({ name: 'pay' })}>
          <Icon d={icons.pay} />
          {t('showPay')}
        </button>
        <button type="button" class="action" part="action" onClick={() => go({ name: 'bill' })}>
          <Icon d={moreIcons.bill} />
          {t('bill')}
        </button>
      </div>
      {host && model.host.value && <host.screens.ServicesGrid />}
      {wallet && model.wallet.value && <wallet.screens.AgreementNag />}
      <EnrolOffer />
      {/* The count comes with the wallet's part; the way there does not wait for it. */}
      <WithWallet
        frame={() => (
          <button
            type="button"
            class="panel row"
            onClick={() => go({ name: 'in_wallet', page: 'notices' })}
          >
            <Icon d={moreIcons.bell} />
            {t('notices')}
            <Icon d={moreIcons.next} />
          </button>
        )}
      >
        {({ NoticeRow }) => (
          <ul class="panel rows">
            <NoticeRow />
          </ul>
        )}
      </WithWallet>
      <button
        type="button"
        class="panel row"
        onClick={() => go({ name: 'in_wallet', page: 'lock' })}
      >
        <Icon d={moreIcons.lock} />
        {t('doLock')}
        <Icon d={moreIcons.next} />
      </button>
    </>
  )
}

import { formatYuan } from '@campus-ecode/protocol/money'
import type { Transfer, Wallet } from '@campus-ecode/protocol/wallet'
import { useEffect } from 'preact/hooks'
import { Amount } from '../amount.tsx'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { Row, Rows } from '../row.tsx'
import { useView } from '../view.ts'
import { defaultCard } from './default-card.ts'
import { Finished } from './finished.tsx'
import { Nag } from './nag.tsx'
import { NoticeRow } from './notice-row.tsx'
import { Unreached } from './unreached.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'

/** What is in the wallet, what can be done with it, and how it is set. */
export function Home() {
  const { t, go } = useView()
  const wallet = useWallet()
  const { value, problem, loading, at } = wallet.wallet.value
  // Back from the face check or WeChat, which replaced the page: on where it was left.
  useEffect(() => {
    if (wallet.isBackFromFace()) go({ name: 'in_wallet', page: 'bind' })
    const result = wallet.backFromWechat()
    if (result !== undefined) go({ name: 'in_ways', page: 'wechat', result })
  }, [wallet])
  return (
    <div class="page">
      <PageBar title={t('tab_wallet')} />
      {value ? (
        <>
          {problem && !loading && at !== undefined && (
            <p class="stale">
              <Icon d={icons.offline} />
              {t('stale', { time: formatTime(at) })}
            </p>
          )}
          <Finished />
          {value.status === 'open' ? (
            <OpenWallet wallet={value} />
          ) : value.status === 'closed' ? (
            <ClosedWallet wallet={value} />
          ) : (
            <NoWallet />
          )}
          <About status={value.status} />
          {value.status === 'open' && <CloseWay />}
        </>
      ) : (
        <Unreached />
      )}
    </div>
  )
}

function OpenWallet({ wallet }: { wallet: Wallet }) {
  const { model, t, go } = useView()
  const locked = model.card.value.value?.status === 'locked'
  const { limits, agreement, password } = wallet
  const first = defaultCard(wallet)
  const cards = first && { bank: first.bankName, tail: first.tail, n: wallet.cards.length }
  return (
    <>
      <section class="purse" part="purse">
        <h2 class="purse-label">{t('purseBalance')}</h2>
        <Amount fen={wallet.balanceFen ?? 0} />
        <div class="purse-actions">
          <button
            type="button"
            class="purse-action main"
            part="action"
            onClick={() => go({ name: 'in_wallet', page: first ? 'top_up' : 'bind' })}
          >
            <Icon d={walletIcons.down} />
            {t('purseTopUp')}
          </button>
          <button
            type="button"
            class="purse-action"
            part="action"
            onClick={() => go({ name: 'in_wallet', page: first ? 'withdrawal' : 'bind' })}
          >
            <Icon d={walletIcons.up} />
            {t('purseWithdraw')}
          </button>
        </div>
      </section>
      <Pending transfers={wallet.pending} />
      <Nag />
      <ul class="panel rows bell">
        <NoticeRow />
      </ul>
      <Rows title={t('groupMoney')}>
        <Row
          icon={walletIcons.bank}
          label={t('rowCards')}
          value={
            cards ? t(cards.n > 1 ? 'rowCardsMany' : 'bankCardTail', cards) : t('rowCardsNone')
          }
          route={{ name: 'in_wallet', page: 'cards' }}
        />
        <Row icon={moreIcons.bill} label={t('bill')} route={{ name: 'bill' }} />
        <Row
          icon={walletIcons.gauge}
          label={t('rowLimits')}
          value={t('rowLimitsNow', { single: formatYuan(limits.singleFen) })}
          route={{ name: 'in_wallet', page: 'limits' }}
        />
        <Row
          icon={walletIcons.wave}
          label={t('rowAgreement')}
          value={t(agreement.signedAt ? 'agreementOn' : 'agreementOff')}
          route={{ name: 'in_wallet', page: 'agreement' }}
        />
        <Row
          icon={walletIcons.grid}
          label={t('services')}
          value={t('servicesWhat')}
          route={{ name: 'in_ways', page: 'services' }}
        />
      </Rows>
      <Rows title={t('groupSafety')}>
        <Row
          icon={walletIcons.key}
          label={t('rowPassword')}
          value={t(passwordWords[password])}
          urgent={password !== 'set'}
          route={{ name: 'in_wallet', page: 'password' }}
        />
        <Row
          icon={moreIcons.phone}
          label={t('rowDevices')}
          route={{ name: 'in_wallet', page: 'devices' }}
        />
        <Row
          icon={moreIcons.lock}
          label={t(locked ? 'rowUnlock' : 'rowLock')}
          route={{ name: 'in_wallet', page: locked ? 'unlock' : 'lock' }}
        />
      </Rows>
    </>
  )
}

/** What belongs to the person rather than to the wallet. */
function About({ status }: { status: Wallet['status'] }) {
  const { model, t, parts } = useView()
  const host = parts.value.host?.screens
  return (
    <Rows title={t('groupMore')}>
      {status !== 'open' && <NoticeRow />}
      {host && model.host.value && <host.ShakeRow />}
      <Row
        icon={walletIcons.shield}
        label={t('privacyTitle')}
        route={{ name: 'in_wallet', page: 'privacy' }}
      />
      <Row icon={moreIcons.help} label={t('help')} route={{ name: 'in_wallet', page: 'help' }} />
    </Rows>
  )
}

function CloseWay() {
  const { t, go } = useView()
  return (
    <button
      type="button"
      class="button quiet faint"
      part="button"
      onClick={() => go({ name: 'in_wallet', page: 'close' })}
    >
      {t('rowClose')}
    </button>
  )
}

const passwordWords = {
  set: 'passwordSet',
  not_set: 'passwordNotSet',
  locked: 'passwordLocked',
} as const

/** What the bank has not decided: calm, exact, and gone once it has. */
function Pending({ transfers }: { transfers: readonly Transfer[] }) {
  const { t, go } = useView()
  const wallet = useWallet()
  if (!transfers.length) return null
  return (
    <ul class="panel rows">
      {transfers.map((transfer) => {
        const { kind, status, amountFen } = transfer
        const amount = formatYuan(amountFen)
        return (
          <li key={transfer.transferId}>
            <button
              type="button"
              class="plain way"
              onClick={() => {
                wallet.openTransfer(transfer)
                go({ name: 'in_wallet', page: 'transfer' })
              }}
            >
              <Icon d={walletIcons.clock} />
              <span class="way-label">
                {t(kind === 'top_up' ? 'pendingTopUp' : 'pendingWithdraw', { amount })}
                <small>
                  {t('bankCardTail', { bank: transfer.bankName, tail: transfer.cardTail })}
                  {' · '}
                  {t(status === 'UNKNOWN' ? 'pendingUNKNOWN' : 'pendingPROCESSING')}
                </small>
              </span>
              <Icon d={moreIcons.next} />
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function NoWallet() {
  const { model, t, go } = useView()
  const begun = useWallet().binding.value !== undefined
  const card = model.card.value.value?.status
  const first = card === 'unclaimed' ? 'openClaimFirst' : card === 'locked' ? 'openUnlockFirst' : ''
  return (
    <div class="panel enrol">
      <span class="mark">
        <Icon d={icons.wallet} />
      </span>
      <h2>{t('openTitle')}</h2>
      <p>{t('openText')}</p>
      <ul class="points">
        <li>{t('openPoint1')}</li>
        <li>{t('openPoint2')}</li>
        <li>{t('openPoint3')}</li>
      </ul>
      {first && <p class="remark">{t(first)}</p>}
      <button
        type="button"
        class="button"
        part="button"
        onClick={() => go(first ? { name: 'card' } : { name: 'in_wallet', page: 'bind' })}
      >
        {t(
          card === 'unclaimed'
            ? 'doClaim'
            : first
              ? 'doCard'
              : begun
                ? 'openContinue'
                : 'openStart',
        )}
      </button>
    </div>
  )
}

function ClosedWallet({ wallet }: { wallet: Wallet }) {
  const { model, t, go } = useView()
  const left = wallet.reopensLeft
  return (
    <>
      <div class="panel enrol">
        <span class="mark">
          <Icon d={icons.wallet} />
        </span>
        <h2>{t('closedWalletTitle')}</h2>
        <p>{left ? t('closedWalletText', { n: left }) : t('closedWalletNone')}</p>
        {left > 0 ? (
          <button
            type="button"
            class="button"
            part="button"
            onClick={() => go({ name: 'in_wallet', page: wallet.cards.length ? 'reopen' : 'bind' })}
          >
            {t('reopenStart')}
          </button>
        ) : (
          <p class="stopped-contact">
            {t('support')}
            <b>{model.card.value.value?.school.supportContact}</b>
          </p>
        )}
      </div>
      <Rows>
        <Row icon={moreIcons.bill} label={t('bill')} route={{ name: 'bill' }} />
      </Rows>
    </>
  )
}

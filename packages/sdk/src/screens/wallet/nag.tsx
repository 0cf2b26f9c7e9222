import type { StringKey } from '../../strings/zh-cn.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'

/** At most one thing that is worth doing now. */
export function Nag() {
  const { model } = useView()
  const { value } = useWallet().wallet.value
  if (model.card.value.value?.status === 'locked') {
    return <Offer title="lockedTitle" text="nagLockedText" page="unlock" />
  }
  if (value?.status !== 'open') return null
  if (value.password === 'not_set') {
    return <Offer title="nagPassword" text="nagPasswordText" page="password" />
  }
  if (value.password === 'locked') {
    return <Offer title="nagPasswordLocked" text="nagPasswordLockedText" page="password" />
  }
  return <AgreementNag />
}

/** R14: the school wants this person's group to sign. */
export function AgreementNag() {
  const { value } = useWallet().wallet.value
  if (value?.status !== 'open' || !value.agreement.urged || value.agreement.signedAt) return null
  return <Offer title="nagAgreement" text="nagAgreementText" page="agreement" />
}

const marks = {
  unlock: moreIcons.lock,
  password: walletIcons.key,
  agreement: walletIcons.wave,
} as const

function Offer({
  title,
  text,
  page,
}: {
  title: StringKey
  text: StringKey
  page: keyof typeof marks
}) {
  const { t, go } = useView()
  return (
    <button type="button" class="nag" part="offer" onClick={() => go({ name: 'in_wallet', page })}>
      <Icon d={marks[page]} />
      <span class="offer-text">
        <b class="offer-what">{t(title)}</b>
        <span class="offer-why">{t(text)}</span>
      </span>
      <Icon d={moreIcons.next} />
    </button>
  )
}

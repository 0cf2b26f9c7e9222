import { useEffect } from 'preact/hooks'
import type { Waiting } from '../../wallet-model.ts'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { Support } from '../problem/support.tsx'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { useWalletWords } from './wallet-problem.tsx'

/**
 * The provider's page is opened at top level, in this tab: it asks for the camera, and many web views
 * open no second one. Only where we are in somebody's frame it gets a tab of its own.
 */
const isFramed = () => window.top !== window.self

/** R2, R9: the code was right, and the face is awaited. The result comes here by itself. */
export function FaceStep({ waiting }: { waiting: Waiting }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const { faceCheck, left, trouble } = waiting
  const { pageUrl } = faceCheck ?? {}
  const newTab = isFramed()
  const title = t(left ? 'faceWaiting' : 'faceTitle')
  useEffect(() => say(title), [title])
  return (
    <div class="panel enrol">
      <span class={left ? 'mark looking' : 'mark'}>
        <Icon d={walletIcons.face} />
      </span>
      <h2>{title}</h2>
      <p>{t(left ? 'faceWaitingText' : newTab ? 'faceNewTab' : 'faceText')}</p>
      {trouble && !pageUrl ? (
        <p class="wrong">{t('faceUnreached')}</p>
      ) : (
        faceCheck && (
          <p class="face-until">{t('faceUntil', { time: formatTime(faceCheck.expiresAt) })}</p>
        )
      )}
      {pageUrl ? (
        <a
          class={left ? 'button quiet' : 'button'}
          part="button"
          href={pageUrl}
          target={newTab ? '_blank' : '_self'}
          rel="noopener noreferrer"
          onClick={() => wallet.leaveForFace(newTab)}
        >
          {t(left ? 'faceGoAgain' : 'faceGo')}
        </a>
      ) : (
        <button type="button" class="button" part="button" disabled>
          {t('faceOpening')}
        </button>
      )}
      <button
        type="button"
        class="button quiet"
        part="button"
        onClick={() => wallet.forgetBinding()}
      >
        {t('bindAgain')}
      </button>
    </div>
  )
}

/** It has come to nothing, and nothing was bound: why, and once more from the start. */
export function BindingOver({ problem }: { problem: NonNullable<Waiting['problem']> }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const { title, how } = useWalletWords(problem)
  useEffect(() => say(title), [problem])
  return (
    <div class="panel enrol">
      <span class="mark bad">
        <Icon d={walletIcons.cross} />
      </span>
      <h2>{title}</h2>
      {how && <p>{how}</p>}
      <button type="button" class="button" part="button" onClick={() => wallet.forgetBinding()}>
        {t('bindOver')}
      </button>
      <Support problem={problem} />
    </div>
  )
}

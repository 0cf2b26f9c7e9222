import type { Card } from '@campus-ecode/protocol/card'
import { useState } from 'preact/hooks'
import { ProblemLine } from '../problem/problem-line.tsx'
import { Support } from '../problem/support.tsx'
import { useView } from '../view.ts'

/** R2(a): the school has vouched for the number, so all that is left is to agree. */
export function Claim({ card }: { card: Card }) {
  const { model, t, say } = useView()
  const [agreed, setAgreed] = useState(false)
  const [claiming, setClaiming] = useState(false)
  const [tried, setTried] = useState(false)
  const { problem } = model.card.value
  const claim = async () => {
    setClaiming(true)
    await model.claimCard()
    setClaiming(false)
    setTried(true)
    if (model.card.value.value?.status === 'active') say(t('claimed'))
  }
  return (
    <form
      class="panel claim"
      onSubmit={(event) => {
        event.preventDefault()
        if (agreed && !claiming) void claim()
      }}
    >
      <h2>{t('claimTitle')}</h2>
      <p>{t('claimText')}</p>
      <dl class="claim-number">
        <dt>{t('claimNumber')}</dt>
        <dd>{card.maskedCardNo}</dd>
      </dl>
      <details>
        <summary>{t('claimNumberWhat')}</summary>
        <p>{t('claimNumberHelp')}</p>
      </details>
      <details>
        <summary>{t('claimPhysical')}</summary>
        <p>{t('claimPhysicalHelp')}</p>
      </details>
      <label class="consent">
        <input
          type="checkbox"
          checked={agreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
        />
        <span>{t('claimConsent')}</span>
      </label>
      <details>
        <summary>{t('claimConsentWhat')}</summary>
        <p>{t('claimConsentHelp')}</p>
      </details>
      {tried && problem && !claiming && (
        <>
          <ProblemLine problem={problem} />
          <Support problem={problem} />
        </>
      )}
      <button type="submit" class="button" part="button" disabled={!agreed || claiming}>
        {t(claiming ? 'claiming' : 'claim')}
      </button>
    </form>
  )
}

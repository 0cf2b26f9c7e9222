import type { Card } from '@campus-ecode/protocol/card'
import { useEffect, useState } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useView } from '../view.ts'

const badges = {
  active: undefined,
  unclaimed: 'unclaimedBadge',
  locked: 'lockedBadge',
  closed: 'closedBadge',
} as const

const numberNames: Record<Card['class'], StringKey> = {
  student: 'cardNoStudent',
  teacher: 'cardNoTeacher',
  external: 'cardNoOther',
  visitor: 'cardNoOther',
}

/** The card as one would hold it; grey once it does not work. */
export function CardFace({ card }: { card: Card }) {
  const { t, locale } = useView()
  const { school, status } = card
  const badge = badges[status]
  const name = locale === 'en' ? school.nameEn : school.name
  return (
    <div class={`face ${status}`} part="card">
      <Guilloche seed={Number(school.id)} />
      <div class="face-top">
        <span class="crest" aria-hidden="true">
          {school.name.slice(0, 1)}
        </span>
        <p class="face-school">
          {name}
          {locale !== 'en' && <small lang="en">{school.nameEn}</small>}
        </p>
        <span class="face-badge">
          {badge === 'lockedBadge' && <Icon d={moreIcons.lock} />}
          {t(badge ?? card.class)}
        </span>
      </div>
      <p class="face-name">{card.maskedName}</p>
      <div class="face-foot">
        <CardNumber card={card} />
        {card.campus && <span class="face-campus">{card.campus}</span>}
      </div>
    </div>
  )
}

function CardNumber({ card }: { card: Card }) {
  const { model, t } = useView()
  const [number, setNumber] = useState<string>()
  // A number on display does not outlive the glance that asked for it.
  useEffect(() => {
    const hide = () => setNumber(undefined)
    document.addEventListener('visibilitychange', hide)
    return () => document.removeEventListener('visibilitychange', hide)
  }, [])
  const label = t(numberNames[card.class])
  if (card.status === 'unclaimed') {
    return (
      <span>
        {label} {card.maskedCardNo}
      </span>
    )
  }
  return (
    <button
      type="button"
      class="plain face-number"
      aria-pressed={number !== undefined}
      onClick={() =>
        number === undefined ? void model.revealCardNumber().then(setNumber) : setNumber(undefined)
      }
    >
      {label} <span>{number ?? card.maskedCardNo}</span>
      <Icon d={moreIcons.eye} />
      <span class="spoken">{t(number === undefined ? 'showNumber' : 'hideNumber')}</span>
    </button>
  )
}

/** The rosette of banknotes and diplomas, a different one for each school. */
function Guilloche({ seed }: { seed: number }) {
  const petals = 18 + (seed % 7)
  const flat = 0.34 + (seed % 5) * 0.05
  return (
    <svg class="guilloche" viewBox="-100 -100 200 200" aria-hidden="true">
      {Array.from({ length: petals }, (_, index) => (
        <ellipse
          key={index}
          rx="98"
          ry={98 * flat}
          transform={`rotate(${(index * 180) / petals})`}
        />
      ))}
    </svg>
  )
}

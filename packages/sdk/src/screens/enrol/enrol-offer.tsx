import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useView } from '../view.ts'

/** The way to codes without a network, where this phone could have them. */
export function EnrolOffer() {
  const { model, t, go } = useView()
  if (model.enrolment.value.kind !== 'offered') return null
  return (
    <button type="button" class="offer" part="offer" onClick={() => go({ name: 'enrol' })}>
      <Icon d={moreIcons.phone} />
      <span class="offer-text">
        <b class="offer-what">{t('enrolOffer')}</b>
        <span class="offer-why">{t('enrolOfferWhy')}</span>
      </span>
      <Icon d={moreIcons.next} />
    </button>
  )
}

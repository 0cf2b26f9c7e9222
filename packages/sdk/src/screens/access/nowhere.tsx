import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { useView } from '../view.ts'

/** The school has opened nothing to this person. */
export function Nowhere() {
  const { model, t } = useView()
  const contact = model.card.value.value?.school.supportContact
  return (
    <div class="notice">
      <span class="mark">
        <Icon d={icons.access} />
      </span>
      <h2 tabIndex={-1} class="notice-title">
        {t('nowhereTitle')}
      </h2>
      <p class="notice-text">{t('nowhereText')}</p>
      {contact && <p class="support">{contact}</p>}
    </div>
  )
}

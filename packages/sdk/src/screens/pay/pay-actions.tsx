import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useView } from '../view.ts'

/** Beside the payment code: the other way round (R24), and what was paid. */
export function PayActions() {
  const { model, t, go } = useView()
  return (
    <>
      {/* Without a network nobody could say whom it pays. */}
      {model.online.value && (
        <button
          type="button"
          class="plain bar-action"
          onClick={() => go({ name: 'in_ways', page: 'scan' })}
        >
          <Icon d={moreIcons.scan} />
          {t('scan')}
        </button>
      )}
      <button type="button" class="plain bar-action" onClick={() => go({ name: 'bill' })}>
        <Icon d={moreIcons.bill} />
        {t('bill')}
      </button>
    </>
  )
}

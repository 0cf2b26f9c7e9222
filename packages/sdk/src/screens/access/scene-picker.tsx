import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { Scene } from '../../access-model.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { useView } from '../view.ts'
import { accessIcons } from './access-icon-paths.ts'
import { useAccess } from './use-access.ts'
import { useScenes } from './use-scenes.ts'

export const purposeIcons: Record<AccessPurpose, string> = {
  door: icons.access,
  library: accessIcons.library,
  meeting: accessIcons.meeting,
  attendance: accessIcons.attendance,
}

/** What the code is for, when there is more than one thing it can be for (R30). */
export function ScenePicker({ chosen }: { chosen: Scene | undefined }) {
  const { t } = useView()
  const access = useAccess()
  const scenes = useScenes()
  const purposes = [...new Set(scenes.map(({ purpose }) => purpose))]
  if (purposes.length < 2) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in old engines
    <div
      class={purposes.length > 3 ? 'scenes many' : 'scenes'}
      role="group"
      aria-label={t('sceneFor')}
    >
      {purposes.map((purpose) => (
        <button
          key={purpose}
          type="button"
          class="scene"
          part="account"
          aria-pressed={purpose === chosen?.purpose}
          onClick={() => {
            const first = scenes.find((each) => each.purpose === purpose)
            if (first) access.choose({ purpose, context: first.context })
          }}
        >
          <Icon d={purposeIcons[purpose]} />
          {t(purpose)}
        </button>
      ))}
    </div>
  )
}

import type { AccessContext } from '@campus-ecode/protocol/access'
import type { ShownAccess } from '../../access-model.ts'
import { formatTime } from '../format.ts'
import { useView } from '../view.ts'
import { describePlaces } from './describe-places.ts'
import { useRefusalWords } from './refusal-words.ts'
import { useAccess } from './use-access.ts'
import { useScenes } from './use-scenes.ts'

/** Below the code: what exactly it is for, where that works, and what a gate said a moment ago. */
export function SceneSlip({ code }: { code: ShownAccess | undefined }) {
  const { model, t } = useView()
  const access = useAccess()
  const scene = code?.scene
  const same = useScenes().filter(({ purpose }) => purpose === scene?.purpose)
  const isSession = scene?.purpose === 'meeting' || scene?.purpose === 'attendance'
  const overview = access.overview.value.value
  const places =
    scene && overview && !isSession
      ? describePlaces(overview.places, scene.purpose, model.card.value.value?.campus, t)
      : ''
  return (
    <div class="slip scene-slip">
      <JustRefused />
      {isSession ? (
        <SessionList sessions={same} chosen={scene?.context} />
      ) : (
        <>
          {places && <p class="scene-where">{places}</p>}
          <p class="scene-fine">{scene && t('sceneAnyTime')}</p>
        </>
      )}
    </div>
  )
}

function SessionList({
  sessions,
  chosen,
}: {
  sessions: readonly AccessContext[]
  chosen: number | undefined
}) {
  const { t } = useView()
  const access = useAccess()
  const words = ({ place, endsAt }: AccessContext) =>
    t('sceneUntil', { place: place ?? '', time: endsAt ? formatTime(endsAt) : '' })
  const [only] = sessions
  if (sessions.length === 1 && only) {
    return (
      <p class="session-one">
        <b>{only.title}</b>
        {words(only)}
      </p>
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in old engines
    <div class="sessions" role="group" aria-label={t('sceneFor')}>
      {sessions.map((session) => (
        <button
          key={session.context}
          type="button"
          class="session"
          part="account"
          aria-pressed={session.context === chosen}
          onClick={() => access.choose({ purpose: session.purpose, context: session.context })}
        >
          <b>{session.title}</b>
          {words(session)}
        </button>
      ))}
    </div>
  )
}

/** What a gate refused stays readable after the code is back. */
function JustRefused() {
  const { t } = useView()
  const news = useAccess().news.value
  const words = useRefusalWords(news?.refusal)
  if (news?.result !== 'refused') return null
  return (
    <p class="just-refused">
      <b>{t('gateJust', { gate: news.gateName, why: words.why })}</b>
      {words.how}
    </p>
  )
}

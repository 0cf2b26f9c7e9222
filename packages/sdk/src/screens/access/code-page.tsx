import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { SessionNotice } from '../session-notice.tsx'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useView } from '../view.ts'
import { AccessBlocked } from './access-blocked.tsx'
import { accessIcons } from './access-icon-paths.ts'
import { AccessPaper } from './access-paper.tsx'
import { ConsentPanel } from './consent-panel.tsx'
import { GateResult } from './gate-result.tsx'
import { Ground } from './ground.tsx'
import { LockReachPanel } from './lock-reach.tsx'
import { Nowhere } from './nowhere.tsx'
import { ScenePicker } from './scene-picker.tsx'
import { SceneSlip } from './scene-slip.tsx'
import { useAccess } from './use-access.ts'

/** Nothing has been kept for this moment. */
const offline = { title: 'accessFirst', how: 'accessFirst_how' } as const

/** The access code, then what the gate said of it, in the same place (R30). */
export function CodePage() {
  const { model, t, go, say } = useView()
  const access = useAccess()
  const code = access.code.value
  const overview = access.overview.value.value
  const session = model.session.value.kind
  const shown = code.kind === 'code' ? code : undefined
  const scene = shown?.scene
  useLayoutEffect(() => access.show(), [access])

  // Told when it is there, when it is for another place, and after a result; never every ten seconds.
  const told = useRef('')
  const about = scene && `${scene.purpose} ${scene.context}`
  useEffect(() => {
    if (!scene || !about) return
    const isChange = told.current !== '' && told.current !== about
    say(isChange ? t('sceneChosen', { scene: t(scene.purpose) }) : t('accessShown'))
    told.current = about
  }, [about])

  const panel = useHandedFocus(code.kind)

  // A phone with a credential goes on while its session is away.
  const away = (session === 'lost' || session === 'signed_out') && !shown && code.kind !== 'result'
  const isPaper = !away && (shown || code.kind === 'loading' || code.kind === 'hidden')
  return (
    <Ground kind="access">
      <PageBar title={t('accessTitle')}>
        {!model.online.value && (
          <span class="badge">
            <Icon d={icons.offline} />
            {t('offline')}
          </span>
        )}
      </PageBar>
      <div ref={panel} class="ticket" part="panel">
        {isPaper && <ScenePicker chosen={scene} />}
        {away ? (
          <SessionNotice />
        ) : isPaper ? (
          <>
            <AccessPaper code={shown} loading={code.kind === 'loading'} />
            <SceneSlip code={shown} />
          </>
        ) : code.kind === 'result' ? (
          <GateResult key={code.news.recordId} news={code.news} />
        ) : code.kind === 'consent' ? (
          <ConsentPanel asked={code} />
        ) : code.kind === 'nowhere' ? (
          <Nowhere />
        ) : (
          code.kind === 'blocked' && (
            <AccessBlocked problem={code.problem} offline={offline} retry={access.next} />
          )
        )}
      </div>
      {code.kind === 'blocked' && code.problem.code === 'CARD_LOCKED' && <LockReachPanel />}
      {session !== 'signed_out' && (
        <ul class="beyond">
          <Beyond icon={accessIcons.identity} label={t('identityTitle')} page="identity" go={go} />
          <Beyond icon={accessIcons.records} label={t('recordsTitle')} page="records" go={go} />
          {overview?.mayGather && (
            <Beyond
              icon={accessIcons.attendance}
              label={t('gatherTitle')}
              page="gatherings"
              go={go}
            />
          )}
        </ul>
      )}
    </Ground>
  )
}

function Beyond({
  icon,
  label,
  page,
  go,
}: {
  icon: string
  label: string
  page: 'identity' | 'records' | 'gatherings'
  go: ReturnType<typeof useView>['go']
}) {
  return (
    <li>
      <button
        type="button"
        class="plain beyond-way"
        part="action"
        onClick={() => go({ name: 'in_access', page })}
      >
        <Icon d={icon} />
        {label}
      </button>
    </li>
  )
}

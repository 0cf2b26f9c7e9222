import { formatYuan } from '@campus-ecode/protocol/money'
import type { MyWater } from '@campus-ecode/protocol/water'
import { useEffect, useState } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Button } from './button.tsx'
import { formatBathNo, formatLitres } from './format-bath-no.ts'
import { useCopy } from './use-copy.ts'
import { useWays } from './use-ways.ts'
import { waysIcons } from './ways-icon-paths.ts'
import { NotOffered, WaysPageFrame } from './ways-page-frame.tsx'
import { TaskProblem } from './ways-problem.tsx'

/** R26: the number for the controller, the water password, and the water that runs. */
export function ShowerPage() {
  const ways = useWays()
  useEffect(() => ways.showWater(), [ways])
  return (
    <WaysPageFrame title="shower" loadable={ways.water.value} retry={() => void ways.loadWater()}>
      {(water) =>
        water.offered ? <Offered water={water} /> : <NotOffered title="showerNotHere" />
      }
    </WaysPageFrame>
  )
}

function Offered({ water }: { water: MyWater }) {
  const { t } = useView()
  const { session, bathNo, places, password } = water
  return (
    <>
      {session && <Session key={session.sessionNo} session={session} />}
      {bathNo && password === 'set' ? (
        <BathNumber bathNo={bathNo} />
      ) : (
        <Unset locked={password === 'locked'} />
      )}
      <Balance minFen={water.minBalanceFen} />
      {bathNo && password === 'set' && (
        <>
          <ol class="panel steps">
            <li>{t('showerStep1')}</li>
            <li>{t('showerStep2')}</li>
            <li>{t('showerStep3')}</li>
          </ol>
          <SetPassword label="waterChange" quiet />
        </>
      )}
      {places.length > 0 && (
        <p class="intro places">{t('showerPlaces', { places: places.join('、') })}</p>
      )}
    </>
  )
}

function BathNumber({ bathNo }: { bathNo: string }) {
  const { t } = useView()
  const { copied, copy } = useCopy()
  return (
    <section class="panel bath">
      <h2 class="bath-label">{t('bathNo')}</h2>
      <button type="button" class="plain bath-no" onClick={() => copy(bathNo)}>
        <b>{formatBathNo(bathNo)}</b>
        <span class="bath-copy">
          <Icon d={copied ? moreIcons.tick : waysIcons.copy} />
          {t(copied ? 'copied' : 'copy')}
        </span>
      </button>
      <p class="charge">{t('bathNoHow')}</p>
    </section>
  )
}

function Unset({ locked }: { locked: boolean }) {
  const { t } = useView()
  return (
    <section class="panel enrol">
      <span class="mark">
        <Icon d={locked ? moreIcons.lock : waysIcons.shower} />
      </span>
      <h2>{t(locked ? 'waterLocked' : 'waterUnset')}</h2>
      <p>{t(locked ? 'waterLockedText' : 'waterUnsetText')}</p>
      <SetPassword label={locked ? 'waterSetAgain' : 'waterSet'} />
    </section>
  )
}

function SetPassword({ label, quiet }: { label: StringKey; quiet?: boolean }) {
  const { t } = useView()
  const ways = useWays()
  const task = useTask()
  return (
    <>
      <TaskProblem task={task} />
      <Button
        quiet={quiet}
        disabled={task.busy}
        press={() => task.run(() => ways.setWaterPassword(), undefined, t('waterPasswordDone'))}
      >
        {t(label)}
      </Button>
    </>
  )
}

/** What the wallet must hold at the start; the bank card is never asked. */
function Balance({ minFen }: { minFen: number }) {
  const { model, t, go } = useView()
  const accounts = model.accounts.value.value?.accounts
  const balanceFen = accounts?.find(({ account }) => account === 'wallet')?.balanceFen
  if (balanceFen === undefined || balanceFen === null) return null
  const enough = balanceFen >= minFen
  return (
    <div class={enough ? 'panel bath-balance' : 'panel bath-balance low'}>
      <p>
        {t('moveHas', { balance: formatYuan(balanceFen) })}
        <small>{t(enough ? 'showerEnough' : 'showerTooLow', { min: formatYuan(minFen) })}</small>
      </p>
      {!enough && (
        <button
          type="button"
          class="plain link"
          onClick={() => go({ name: 'in_wallet', page: 'top_up' })}
        >
          {t('doTopUp')}
        </button>
      )}
    </div>
  )
}

type WaterSession = NonNullable<MyWater['session']>

const ends: Record<NonNullable<WaterSession['endedBy']>, StringKey> = {
  controller: 'waterEndController',
  phone: 'waterEndPhone',
  used_up: 'waterEndUsedUp',
  idle: 'waterEndIdle',
  locked: 'waterEndLocked',
}

/** Water that runs, or what it came to. */
function Session({ session }: { session: WaterSession }) {
  const { t, say } = useView()
  const ways = useWays()
  const task = useTask()
  const [sure, setSure] = useState(false)
  const runs = session.status === 'RUNNING'
  const amount = formatYuan(session.amountFen)
  useEffect(
    () =>
      say(runs ? t('waterRunsLive', { place: session.place }) : t('waterEndedLive', { amount })),
    [session.status],
  )
  return (
    <section class={runs ? 'panel water runs' : 'panel water'}>
      <h2>{t(runs ? 'waterRuns' : 'waterEnded')}</h2>
      <p class="water-place">
        {session.place} · {formatTime(session.startedAt)}
        {session.endedAt && `–${formatTime(session.endedAt)}`}
      </p>
      <dl class="two water-now">
        <div>
          <dt>{t('waterLitres')}</dt>
          <dd>
            {formatLitres(session.litresMl)}
            <small>{t('litres')}</small>
          </dd>
        </div>
        <div>
          <dt>{t(runs ? 'waterSoFar' : 'waterCharged')}</dt>
          <dd>{amount}</dd>
        </div>
      </dl>
      <p class="charge">
        {runs
          ? t('waterHold', { hold: formatYuan(session.holdFen) })
          : [
              session.endedBy && t(ends[session.endedBy]),
              t('waterReleased', { rest: formatYuan(session.holdFen - session.amountFen) }),
            ]
              .filter(Boolean)
              .join('\n')}
      </p>
      <TaskProblem task={task} />
      {runs &&
        (sure ? (
          <Sure
            text={t('waterStopSure')}
            label={t('waterStop')}
            busy={task.busy}
            onSure={() =>
              task.run(
                () => ways.endWater(),
                () => setSure(false),
              )
            }
            onKeep={() => setSure(false)}
          />
        ) : (
          <Button press={() => setSure(true)}>{t('waterStop')}</Button>
        ))}
    </section>
  )
}

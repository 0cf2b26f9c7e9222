import type { MyWechat, WechatResult } from '@campus-ecode/protocol/wechat'
import { useEffect, useState } from 'preact/hooks'
import { candidateHere } from '../../host/choose-candidate.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Button } from './button.tsx'
import { useWays } from './use-ways.ts'
import { waysIcons } from './ways-icon-paths.ts'
import { WaysPageFrame } from './ways-page-frame.tsx'
import { TaskProblem } from './ways-problem.tsx'

/** R27: whether WeChat's own payment code of this person is taken at the campus's tills. */
export function WechatPage({ result }: { result?: string | undefined }) {
  const ways = useWays()
  // Signed in there, and not yet bound: that this page says so in its own session is what binds it.
  const token = result?.length === TOKEN_CHARS ? result : undefined
  const [came, setCame] = useState(token === undefined ? result : undefined)
  useEffect(() => ways.showWechat(), [ways])
  useEffect(() => {
    if (token !== undefined) void ways.confirmWechat(token).then(setCame)
  }, [ways, token])
  return (
    <WaysPageFrame
      title="wechatTitle"
      loadable={token !== undefined && came === undefined ? { loading: true } : ways.wechat.value}
      retry={() => void ways.loadWechat()}
    >
      {(wechat) =>
        wechat.bound ? <Bound wechat={wechat} /> : <Unbound wechat={wechat} result={came} />
      }
    </WaysPageFrame>
  )
}

/** Longer than any word that the core may say in its place. */
const TOKEN_CHARS = 43

/** What came of it, where it is not bound now. */
const results: Partial<Record<string, StringKey>> = {
  cancelled: 'wechatCancelled',
  again: 'wechatAgain',
  stuck: 'wechatElsewhere',
  unavailable: 'wechatUnavailable',
  not_ready: 'wechatNeedsWallet',
  taken: 'wechatTaken',
} satisfies Record<Exclude<WechatResult, 'bound'> | 'stuck', StringKey>

function Unbound({ wechat, result }: { wechat: MyWechat; result: string | undefined }) {
  const { t, go, say } = useView()
  const ways = useWays()
  const task = useTask()
  const came = results[result ?? '']
  // WeChat says who somebody is on pages of the school's account, and nowhere else: to other browsers it says to
  // come back in WeChat, which would be another session.
  const isElsewhere = candidateHere() !== 'wxoa'
  useEffect(() => {
    if (came) say(t(came))
  }, [came])
  return (
    <div class="panel enrol">
      <span class="mark">
        <Icon d={waysIcons.chat} />
      </span>
      <h2>{t(wechat.offered ? 'wechatStartTitle' : 'wechatNotOffered')}</h2>
      <p>{t(wechat.offered ? 'wechatStartText' : 'wechatNotOfferedText')}</p>
      {wechat.offered && (
        <>
          <ul class="points">
            <li>{t('wechatPoint1')}</li>
            <li>{t('wechatPoint2')}</li>
            <li>{t('wechatPoint3')}</li>
          </ul>
          {came && !task.busy && !task.problem && <p class="remark">{t(came)}</p>}
          <TaskProblem task={task} />
          {isElsewhere ? (
            <p class="remark">{t('wechatElsewhere')}</p>
          ) : wechat.ready ? (
            <Button
              disabled={task.busy}
              press={() =>
                task.run(() => ways.bindWechat(result === 'again' || result === 'stuck'))
              }
            >
              {t(task.busy ? 'wechatLeaving' : 'wechatStart')}
            </Button>
          ) : (
            <>
              {!came && <p class="remark">{t('wechatNeedsWallet')}</p>}
              <Button press={() => go({ name: 'wallet' })}>{t('doOpenWallet')}</Button>
            </>
          )}
        </>
      )}
    </div>
  )
}

function Bound({ wechat }: { wechat: MyWechat }) {
  const { t } = useView()
  const ways = useWays()
  const task = useTask()
  const [sure, setSure] = useState(false)
  return (
    <div class="panel enrol">
      <span class="mark good">
        <Icon d={moreIcons.tick} />
      </span>
      <h2>{t('wechatBoundTitle')}</h2>
      <p>{t('wechatBoundText')}</p>
      {wechat.boundAt && (
        <p class="charge">{t('wechatSince', { time: formatInstant(wechat.boundAt, t) })}</p>
      )}
      <TaskProblem task={task} />
      {sure ? (
        <Sure
          text={t('wechatSure')}
          label={t('wechatUnbind')}
          busy={task.busy}
          onSure={() =>
            task.run(
              () => ways.unbindWechat(),
              () => setSure(false),
              t('wechatUnbound'),
            )
          }
          onKeep={() => setSure(false)}
        />
      ) : (
        <Button quiet press={() => setSure(true)}>
          {t('wechatUnbind')}
        </Button>
      )}
    </div>
  )
}

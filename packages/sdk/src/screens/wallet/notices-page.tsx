import { formatYuan, parseYuan } from '@campus-ecode/protocol/money'
import type { Notice } from '@campus-ecode/protocol/notices'
import { useEffect, useState } from 'preact/hooks'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { ListEnd } from '../list-end.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { typeFen } from './amount-entry.ts'
import { noticeRoute, noticeSentence } from './notice-words.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** Offered to who has not chosen an amount. */
const USUAL_FEN = 2_000

/** R41: what has happened, newest first; when to be told of a low balance, and whether in WeChat, too. */
export function NoticesPage() {
  const { t } = useView()
  const wallet = useWallet()
  const { value, loading, problem } = wallet.notices.value
  useEffect(() => {
    void wallet.loadNotices().then(() => wallet.readNotices())
  }, [wallet])
  return (
    <div class="page">
      <PageBar title={t('notices')} />
      {value ? (
        <>
          <LowBalance lowBalanceFen={value.settings.lowBalanceFen} />
          {value.wechatReceipts && <InWechat on={value.settings.wechat} />}
          {value.notices.length ? (
            <ul class="panel rows">
              {value.notices.map((notice) => (
                <li key={notice.noticeId}>
                  <OneNotice notice={notice} />
                </li>
              ))}
            </ul>
          ) : (
            <div class="notice">
              <h2 class="notice-title">{t('noticesNone')}</h2>
              <p class="notice-text">{t('noticesNoneText')}</p>
            </div>
          )}
          <ListEnd
            list={wallet.notices.value}
            words={{ more: 'noticesMore', loading: 'noticesLoading', failed: 'noticesFailed' }}
            onMore={() => void wallet.moreNotices()}
          />
        </>
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void wallet.loadNotices()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function OneNotice({ notice: { at, readAt, about } }: { notice: Notice }) {
  const { t, go } = useView()
  return (
    <button type="button" class="plain way" onClick={() => go(noticeRoute(about))}>
      <span class="way-label told">
        {noticeSentence(about, t)}
        <small>
          {!readAt && <b class="unread">{t('noticeUnread')}</b>}
          {formatInstant(at, t)}
        </small>
      </span>
      <Icon d={moreIcons.next} />
    </button>
  )
}

function InWechat({ on }: { on: boolean }) {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  return (
    <>
      <div class="panel rows">
        <button
          type="button"
          class="plain way"
          role="switch"
          aria-checked={on}
          aria-busy={task.busy}
          onClick={() =>
            task.run(
              () => wallet.setWechatNotices(!on),
              undefined,
              t(on ? 'wechatNoticesStopped' : 'wechatNoticesBegun'),
            )
          }
        >
          <span class="way-label">
            {t('wechatNotices')}
            <small>{t('wechatNoticesText')}</small>
          </span>
          <span class="switch" aria-hidden="true" />
        </button>
      </div>
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
    </>
  )
}

function LowBalance({ lowBalanceFen }: { lowBalanceFen: number | null }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [text, setText] = useState(typeFen(lowBalanceFen ?? USUAL_FEN))
  const [tried, setTried] = useState(false)
  const fen = parseYuan(text.trim())
  const wrong = tried && !fen
  const set = (amount: number | null) =>
    task.run(
      () => wallet.setLowBalance(amount),
      () => say(t(amount ? 'lowBalanceSaved' : 'lowBalanceStopped')),
    )
  return (
    <details class="panel low">
      <summary>
        <span>{t('lowBalance')}</span>
        <span class="way-value">
          {lowBalanceFen
            ? t('lowBalanceBelow', { amount: formatYuan(lowBalanceFen) })
            : t('lowBalanceOff')}
        </span>
        <Icon d={moreIcons.next} />
      </summary>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (fen) set(fen)
        }}
      >
        <p>{t('lowBalanceText')}</p>
        <div class="limit-top">
          <label for="low-balance">{t('lowBalanceField')}</label>
          <span class="limit-typed">
            <span aria-hidden="true">¥</span>
            <input
              id="low-balance"
              class="limit-input"
              part="field"
              inputMode="decimal"
              autoComplete="off"
              maxLength={9}
              value={text}
              aria-invalid={wrong}
              aria-describedby={wrong ? 'low-balance-wrong' : undefined}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </span>
        </div>
        {wrong && (
          <p class="wrong" id="low-balance-wrong">
            {t('limitInvalid')}
          </p>
        )}
        {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
        <button
          type="submit"
          class="button"
          part="button"
          disabled={task.busy || (lowBalanceFen !== null && fen === lowBalanceFen)}
        >
          {t(lowBalanceFen ? 'lowBalanceChange' : 'lowBalanceSave')}
        </button>
        {lowBalanceFen !== null && (
          <button
            type="button"
            class="button quiet"
            part="button"
            disabled={task.busy}
            onClick={() => set(null)}
          >
            {t('lowBalanceStop')}
          </button>
        )}
      </form>
    </details>
  )
}

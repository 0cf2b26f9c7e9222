import { formatYuan, parseYuan } from '@campus-ecode/protocol/money'
import type { Limits } from '@campus-ecode/protocol/wallet'
import { useState } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { typeFen } from './amount-entry.ts'
import { adviseLimits, limitStops, nearestStop } from './limits-advice.ts'
import { Page } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R15: what one payment and one day may take, with the advice in words. */
export function LimitsPage() {
  return <Page title="limitsTitle">{({ limits }) => <LimitsForm limits={limits} />}</Page>
}

function LimitsForm({ limits }: { limits: Limits }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [single, setSingle] = useState(typeFen(limits.singleFen))
  const [daily, setDaily] = useState(typeFen(limits.dailyFen))
  const [saved, setSaved] = useState(false)
  const { ceilingFen, spentTodayFen } = limits
  const [singleFen, dailyFen] = [parseYuan(single.trim()), parseYuan(daily.trim())]
  const advice = adviseLimits(singleFen, dailyFen, ceilingFen)
  const same = singleFen === limits.singleFen && dailyFen === limits.dailyFen
  const rises = (singleFen ?? 0) > limits.singleFen || (dailyFen ?? 0) > limits.dailyFen
  const words = {
    ceiling: formatYuan(ceilingFen),
    single: formatYuan(singleFen ?? 0),
    daily: formatYuan(dailyFen ?? 0),
  }
  const put = (set: (text: string) => void) => (text: string) => {
    set(text)
    setSaved(false)
  }
  const wrong = (field: 'single' | 'daily') =>
    advice.kind === 'wrong' && advice.field === field ? t(advice.text, words) : undefined
  return (
    <form
      class="limits"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!singleFen || !dailyFen || advice.kind === 'wrong' || same) return
        task.run(
          () => wallet.setLimits(singleFen, dailyFen),
          () => {
            setSaved(true)
            say(t('limitsSaved'))
          },
        )
      }}
    >
      <div class="panel">
        <p class="form-intro">{t('limitsIntro')}</p>
        <LimitField
          name="single"
          label="limitSingle"
          text={single}
          ceilingFen={ceilingFen}
          wrong={wrong('single')}
          onText={put(setSingle)}
        />
        <LimitField
          name="daily"
          label="limitDaily"
          text={daily}
          ceilingFen={ceilingFen}
          wrong={wrong('daily')}
          onText={put(setDaily)}
        />
        <p class="limits-ceiling">{t('limitsCeiling', words)}</p>
      </div>
      {advice.kind !== 'wrong' && (
        <div class={advice.kind === 'mind' ? 'remark mind' : 'remark'}>
          <p>
            {t(
              saved && same ? 'limitsSaved' : advice.kind === 'mind' ? advice.text : 'adviceFine',
              words,
            )}
          </p>
          <p>
            {t('limitsSpent', {
              spent: formatYuan(spentTodayFen),
              left: formatYuan(Math.max(0, (dailyFen ?? 0) - spentTodayFen)),
            })}
          </p>
        </div>
      )}
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      <button
        type="submit"
        class="button"
        part="button"
        disabled={same || advice.kind === 'wrong' || task.busy}
      >
        {t(rises ? 'limitsSaveUp' : 'limitsSave')}
      </button>
    </form>
  )
}

function LimitField({
  name,
  label,
  text,
  ceilingFen,
  wrong,
  onText,
}: {
  name: string
  label: StringKey
  text: string
  ceilingFen: number
  wrong: string | undefined
  onText(text: string): void
}) {
  const { t } = useView()
  const stops = limitStops(ceilingFen)
  const fen = parseYuan(text.trim())
  const stop = nearestStop(stops, fen ?? 0)
  const id = `limit-${name}`
  const part = stops.length > 1 ? (100 * stop) / (stops.length - 1) : 0
  return (
    <div class="limit">
      <div class="limit-top">
        <label for={id}>{t(label)}</label>
        <span class="limit-typed">
          <span aria-hidden="true">¥</span>
          <input
            id={id}
            class="limit-input"
            part="field"
            inputMode="decimal"
            autoComplete="off"
            maxLength={9}
            value={text}
            title={t('limitTyped')}
            aria-invalid={wrong !== undefined}
            aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        </span>
      </div>
      <input
        class="slider"
        type="range"
        min={0}
        max={stops.length - 1}
        step={1}
        value={stop}
        aria-label={t(label)}
        aria-valuetext={formatYuan(fen ?? 0)}
        style={{ '--part': `${part}%` }}
        onInput={(event) => onText(typeFen(stops[Number(event.currentTarget.value)] ?? 0))}
      />
      {wrong !== undefined && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  )
}

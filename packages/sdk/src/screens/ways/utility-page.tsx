import type { Utility } from '@campus-ecode/protocol/utilities'
import { useRef, useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Button } from './button.tsx'
import { useWays } from './use-ways.ts'
import { UtilityBegun } from './utility-begun.tsx'
import { TaskProblem } from './ways-problem.tsx'

/** R39: which room or account; those topped up before are one tap away. */
export function UtilityPage({ utility }: { utility: Utility }) {
  const { t, go, locale } = useView()
  const ways = useWays()
  const task = useTask()
  const [typed, setTyped] = useState('')
  const [missing, setMissing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const word = utility.accountWord[locale]
  const find = (accountNo: string) =>
    task.run(
      () => ways.findAccount(utility.utilityId, accountNo),
      (account) => go({ name: 'in_ways', page: 'utility_amount', utility, account }),
    )
  if (ways.toppedUp.state.value) return <UtilityBegun />
  return (
    <div class="page">
      <PageBar title={utility.name} />
      {utility.recent.length > 0 && (
        <section>
          <h2 class="day-title">{t('utilityRecent')}</h2>
          <ul class="panel rows">
            {utility.recent.map(({ accountNo, label }) => (
              <li key={accountNo}>
                <button
                  type="button"
                  class="plain way"
                  disabled={task.busy}
                  onClick={() => find(accountNo)}
                >
                  <span class="way-label">
                    {label}
                    <small>{accountNo}</small>
                  </span>
                  <Icon d={moreIcons.next} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <form
        class="panel form"
        onSubmit={(event) => {
          event.preventDefault()
          const accountNo = typed.trim()
          setMissing(!accountNo)
          if (accountNo) find(accountNo)
          else field.current?.focus()
        }}
      >
        <div class="field">
          <label for="utility-account">{word}</label>
          <input
            ref={field}
            id="utility-account"
            class="field-input"
            part="field"
            autoComplete="off"
            enterKeyHint="search"
            maxLength={40}
            value={typed}
            aria-invalid={missing}
            aria-describedby={missing ? 'utility-account-wrong' : undefined}
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value)
              setMissing(false)
            }}
          />
          {missing && (
            <p class="wrong" id="utility-account-wrong">
              {t('utilityMissing', { what: word })}
            </p>
          )}
        </div>
        <TaskProblem task={task} />
        <Button submit disabled={task.busy}>
          {t(task.busy ? 'utilityFinding' : 'utilityFind')}
        </Button>
      </form>
    </div>
  )
}

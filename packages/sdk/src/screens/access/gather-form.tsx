import type { Gathering, GatheringList } from '@campus-ecode/protocol/access'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Field } from '../field.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { AccessProblem } from './access-problem.tsx'
import { useAccess } from './use-access.ts'

const MINUTES = [10, 45, 90, 180] as const
/** More names than these are looked for by typing. */
const SHOWN_MAX = 8
const CLASSES: readonly PersonClass[] = ['student', 'teacher', 'external', 'visitor']

/** Opens a meeting or takes attendance: what, where, how long, who. */
export function GatherForm({ choices, onCancel }: { choices: GatheringList; onCancel(): void }) {
  const { t, go, say } = useView()
  const access = useAccess()
  const task = useTask()
  const [purpose, setPurpose] = useState<Gathering['purpose']>('attendance')
  const [title, setTitle] = useState('')
  const [zone, setZone] = useState(choices.zones[0] ?? '')
  const [minutes, setMinutes] = useState<number>(45)
  const [classes, setClasses] = useState<readonly PersonClass[]>(['student'])
  const [groups, setGroups] = useState<readonly string[]>([])
  const [tried, setTried] = useState(false)
  const name = useRef<HTMLInputElement>(null)
  const isNamed = title.trim() !== ''

  const start = () => {
    setTried(true)
    if (!isNamed) return name.current?.focus()
    const draft = {
      ...{ purpose, zone, minutes, title: title.trim() },
      classes: [...classes],
      groups: [...groups],
    }
    task.run(
      () => access.startGathering(draft),
      ({ gatheringId }) => {
        say(t('gatherStarted', { title: draft.title }))
        go({ name: 'in_access', page: 'attendance', gatheringId })
      },
    )
  }
  return (
    <form
      class="panel form gather"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
    >
      <Choice label={t('gatherKind')}>
        {(['attendance', 'meeting'] as const).map((each) => (
          <Pick key={each} on={each === purpose} onClick={() => setPurpose(each)}>
            {t(each)}
          </Pick>
        ))}
      </Choice>
      <Field
        name="gather-name"
        label="gatherName"
        what="gatherNameWhat"
        help="gatherNameHelp"
        wrong={tried && !isNamed ? t('gatherNameWrong') : undefined}
        inputRef={name}
        input={{
          value: title,
          maxLength: 60,
          autoComplete: 'off',
          onInput: (event) => setTitle(event.currentTarget.value),
        }}
      />
      <FromMany
        label={t('gatherPlace')}
        all={choices.zones}
        isOn={(each) => each === zone}
        onPick={setZone}
      />
      <Choice label={t('gatherMinutes')}>
        {MINUTES.map((each) => (
          <Pick key={each} on={each === minutes} onClick={() => setMinutes(each)}>
            {t('gatherMinutesN', { n: each })}
          </Pick>
        ))}
      </Choice>
      <Choice label={t('gatherClasses')}>
        {CLASSES.map((each) => (
          <Pick
            key={each}
            on={classes.includes(each)}
            onClick={() => setClasses(toggle(classes, each, true))}
          >
            {t(each)}
          </Pick>
        ))}
      </Choice>
      {choices.groups.length > 0 && (
        <FromMany
          label={t('gatherGroups')}
          hint={t('gatherGroupsAll')}
          all={choices.groups}
          isOn={(each) => groups.includes(each)}
          onPick={(each) => setGroups(toggle(groups, each, false))}
        />
      )}
      {task.problem && !task.busy && <AccessProblem problem={task.problem} />}
      <button type="submit" class="button" part="button" disabled={task.busy}>
        {t(task.busy ? 'gatherGoing' : 'gatherGo')}
      </button>
      <button type="button" class="button quiet" part="button" onClick={onCancel}>
        {t('keepIt')}
      </button>
    </form>
  )
}

/** Names to pick from; with many of them, those that match what is typed, and those that are picked. */
function FromMany({
  label,
  hint,
  all,
  isOn,
  onPick,
}: {
  label: string
  hint?: string
  all: readonly string[]
  isOn(name: string): boolean
  onPick(name: string): void
}) {
  const { t } = useView()
  const [typed, setTyped] = useState('')
  const isLong = all.length > SHOWN_MAX
  const wanted = typed.trim().toLowerCase()
  const matching = all.filter((name) => !isOn(name) && name.toLowerCase().includes(wanted))
  const picked = all.filter(isOn)
  const shown = isLong ? [...picked, ...matching.slice(0, SHOWN_MAX - 1)] : all
  return (
    <Choice label={label} {...(hint ? { hint } : {})}>
      {isLong && (
        <input
          class="field-input choose-find"
          part="field"
          type="search"
          autoComplete="off"
          aria-label={`${label} ${t('gatherFind', { n: all.length })}`}
          placeholder={t('gatherFind', { n: all.length })}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {shown.map((name) => (
        <Pick key={name} on={isOn(name)} onClick={() => onPick(name)}>
          {name}
        </Pick>
      ))}
    </Choice>
  )
}

function Choice({
  label,
  hint,
  children,
}: {
  label: string
  hint?: string
  children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in old engines
    <div class="choose" role="group" aria-label={label}>
      <p class="choose-label">
        {label}
        {hint && <small>{hint}</small>}
      </p>
      <div class="choose-from">{children}</div>
    </div>
  )
}

function Pick({
  on,
  onClick,
  children,
}: {
  on: boolean
  onClick(): void
  children: ComponentChildren
}) {
  return (
    <button type="button" class="pick" aria-pressed={on} onClick={onClick}>
      {children}
    </button>
  )
}

/** @param keepsOne The last one cannot be taken away. */
function toggle<T>(all: readonly T[], one: T, keepsOne: boolean): readonly T[] {
  if (!all.includes(one)) return [...all, one]
  const rest = all.filter((each) => each !== one)
  return keepsOne && !rest.length ? all : rest
}

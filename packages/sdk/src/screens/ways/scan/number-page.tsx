import { COLLECTION_DIGITS, isCollectionNo } from '@campus-ecode/protocol/collection-number'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Field } from '../../field.tsx'
import { PageBar } from '../../page-bar.tsx'
import { useTask } from '../../use-task.ts'
import { useView } from '../../view.ts'
import { Button } from '../button.tsx'
import { useWays } from '../use-ways.ts'
import { TaskProblem } from '../ways-problem.tsx'

/** R25: the number printed below the code, typed. */
export function NumberPage() {
  const { t, go } = useView()
  const ways = useWays()
  const task = useTask()
  const [number, setNumber] = useState('')
  const [wrong, setWrong] = useState<string>()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  const submit = () => {
    if (!isCollectionNo(number)) {
      setWrong(t(number.length === COLLECTION_DIGITS ? 'numberWrong' : 'numberShort'))
      field.current?.focus()
      return
    }
    task.run(
      () => ways.resolve({ number }),
      (collection) => go({ name: 'in_ways', page: 'collection', collection }),
    )
  }
  return (
    <div class="page">
      <PageBar title={t('numberTitle')} />
      <form
        class="panel form"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          name="collection-no"
          label="numberLabel"
          what="numberWhat"
          help="numberHelp"
          wrong={wrong}
          inputRef={field}
          input={{
            inputMode: 'numeric',
            autoComplete: 'off',
            enterKeyHint: 'go',
            maxLength: COLLECTION_DIGITS + 4,
            value: number.replace(/(\d{5})(?=\d)/, '$1 '),
            onInput: ({ currentTarget }) => {
              const digits = currentTarget.value.replace(/\D/g, '').slice(0, COLLECTION_DIGITS)
              setNumber(digits)
              setWrong(undefined)
              currentTarget.value = digits.replace(/(\d{5})(?=\d)/, '$1 ')
            },
          }}
        />
        <TaskProblem task={task} />
        <Button submit disabled={task.busy}>
          {t(task.busy ? 'scanAsking' : 'numberNext')}
        </Button>
      </form>
    </div>
  )
}

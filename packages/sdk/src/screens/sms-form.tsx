import { useEffect, useRef, useState } from 'preact/hooks'
import type { ShownProblem } from '../model.ts'
import { ProblemLine } from './problem/problem-line.tsx'
import { useNow } from './use-now.ts'
import { useView } from './view.ts'

const LENGTH = 6

/** Six digits from the text message; sent off by themselves once all are there. */
export function SmsForm({
  sent,
  busy,
  problem,
  labels,
  resendAt,
  onCode,
  onResend,
}: {
  /** Says where the message went. */
  sent: string
  busy: boolean
  problem?: ShownProblem | undefined
  labels: { confirm: string; confirming: string }
  /** From when another may be asked for; absent where another is asked for elsewhere. */
  resendAt?: number | undefined
  onCode(smsCode: string): void
  onResend?(): void
}) {
  const { t } = useView()
  const [code, setCode] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  // A wrong code is typed anew, not mended.
  useEffect(() => {
    if (problem) setCode('')
  }, [problem])
  return (
    <form
      class="sms"
      onSubmit={(event) => {
        event.preventDefault()
        if (code.length === LENGTH) onCode(code)
      }}
    >
      <label>
        <span class="enrol-why">{sent}</span>
        <span class="spoken">{t('enrolField')}</span>
        <input
          ref={field}
          class="sms-field"
          part="field"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]*"
          maxLength={LENGTH}
          value={code}
          readOnly={busy}
          aria-invalid={problem !== undefined}
          aria-describedby={problem && 'wrong'}
          onInput={(event) => {
            const value = event.currentTarget.value.replace(/\D/g, '').slice(0, LENGTH)
            setCode(value)
            if (value.length === LENGTH) onCode(value)
          }}
        />
      </label>
      {problem && <ProblemLine problem={problem} id="wrong" />}
      <button type="submit" class="button" part="button" disabled={busy || code.length < LENGTH}>
        {busy ? labels.confirming : labels.confirm}
      </button>
      {!busy && resendAt !== undefined && onResend && <Resend at={resendAt} onResend={onResend} />}
    </form>
  )
}

function Resend({ at, onResend }: { at: number; onResend(): void }) {
  const { t } = useView()
  const seconds = Math.ceil((at - useNow(1000)) / 1000)
  return (
    <button
      type="button"
      class="button quiet"
      part="button"
      disabled={seconds > 0}
      onClick={onResend}
    >
      {seconds > 0 ? t('enrolResendIn', { n: seconds }) : t('enrolResend')}
    </button>
  )
}

import { useEffect, useRef, useState } from 'preact/hooks'
import type { EnrolmentState } from '../../model.ts'
import { ProblemLine } from '../problem/problem-line.tsx'
import { useNow } from '../use-now.ts'
import { useView } from '../view.ts'

const LENGTH = 6

/** Six digits from the text message; sent off by themselves once all are there. */
export function SmsCode({
  state,
}: {
  state: Extract<EnrolmentState, { kind: 'sent' | 'confirming' }>
}) {
  const { model, t } = useView()
  const [code, setCode] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const sent = state.kind === 'sent' ? state : undefined
  const problem = sent?.problem
  useEffect(() => field.current?.focus(), [])
  // A wrong code is typed anew, not mended.
  useEffect(() => {
    if (problem) setCode('')
  }, [problem])
  const confirm = (value: string) => void model.confirmEnrolment(value)
  return (
    <form
      class="sms"
      onSubmit={(event) => {
        event.preventDefault()
        if (code.length === LENGTH) confirm(code)
      }}
    >
      <label>
        <span class="enrol-why">{t('enrolSent', { tail: state.phoneTail })}</span>
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
          readOnly={!sent}
          aria-invalid={problem !== undefined}
          aria-describedby={problem && 'wrong'}
          onInput={(event) => {
            const value = event.currentTarget.value.replace(/\D/g, '').slice(0, LENGTH)
            setCode(value)
            if (value.length === LENGTH) confirm(value)
          }}
        />
      </label>
      {problem && <ProblemLine problem={problem} id="wrong" />}
      <button type="submit" class="button" part="button" disabled={!sent || code.length < LENGTH}>
        {t(sent ? 'enrolConfirm' : 'enrolConfirming')}
      </button>
      {sent && <Resend at={sent.resendAt} />}
    </form>
  )
}

function Resend({ at }: { at: number }) {
  const { model, t } = useView()
  const seconds = Math.ceil((at - useNow(1000)) / 1000)
  return (
    <button
      type="button"
      class="button quiet"
      part="button"
      disabled={seconds > 0}
      onClick={() => void model.startEnrolment()}
    >
      {seconds > 0 ? t('enrolResendIn', { n: seconds }) : t('enrolResend')}
    </button>
  )
}

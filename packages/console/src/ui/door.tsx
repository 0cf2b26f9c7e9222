import type { StaffSelf } from '@campus-ecode/protocol/staff'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Problem } from '../api.ts'
import type { Locale, Strings } from '../strings/strings.ts'
import { Field, ProblemText } from './parts.tsx'

export interface DoorProps {
  t: Strings
  locale: Locale
  onLocale: () => void
  onDone: (self: StaffSelf) => void
}

/** A page before somebody is signed in: one form, which ends with the code. */
export function Door({
  look: { t, locale, onLocale },
  title,
  totp,
  go,
  busy,
  problem,
  onSubmit,
  end,
  children,
}: {
  look: Omit<DoorProps, 'onDone'>
  title: string
  totp: { label: string; hint?: string }
  go: string
  busy: boolean
  problem: Problem | undefined
  onSubmit: (said: FormData, form: HTMLFormElement) => void
  end?: string
  /** The fields before the code; nothing while there is nothing to fill in. */
  children: ComponentChildren
}) {
  useEffect(() => {
    document.title = title
  }, [title])
  const said = <ProblemText problem={problem} t={t} locale={locale} />
  return (
    <main class="door">
      <div class="card">
        <div class="row between">
          <h1>{title}</h1>
          <button type="button" class="link" onClick={onLocale}>
            {t.language}
          </button>
        </div>
        {children ? (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              onSubmit(new FormData(event.currentTarget), event.currentTarget)
            }}
          >
            {children}
            <div class="code-field">
              <Field
                {...totp}
                name="totp"
                required
                inputMode="numeric"
                pattern="\d{6}"
                maxLength={6}
                autocomplete="one-time-code"
              />
            </div>
            {said}
            <button type="submit" class="button" disabled={busy}>
              {busy ? t.working : go}
            </button>
            {end && <p class="hint">{end}</p>}
          </form>
        ) : (
          said
        )}
      </div>
    </main>
  )
}

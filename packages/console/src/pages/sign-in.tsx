import type { StaffSelf } from '@campus-ecode/protocol/staff'
import { useEffect, useRef, useState } from 'preact/hooks'
import { call, type Problem } from '../api.ts'
import type { Locale, Strings } from '../strings/strings.ts'
import { Field, ProblemText } from '../ui/parts.tsx'

const KEY = 'ecode-console-school'

export interface DoorProps {
  t: Strings
  locale: Locale
  onLocale: () => void
  onDone: (self: StaffSelf) => void
}

/** Password and code go together, so that nobody learns which of them was wrong. */
export function SignIn({ t, locale, onLocale, onDone, ended }: DoorProps & { ended: boolean }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const form = useRef<HTMLFormElement>(null)
  const school = new URLSearchParams(location.search).get('school') ?? localStorage.getItem(KEY)
  useEffect(() => {
    document.title = t.signIn.title
  }, [t])
  const submit = async (event: Event) => {
    event.preventDefault()
    if (!form.current) return
    const said = new FormData(form.current)
    const text = (name: string) => String(said.get(name) ?? '').trim()
    const body = {
      ...{ schoolId: text('school'), name: text('name'), totp: text('totp') },
      password: String(said.get('password') ?? ''),
    }
    setBusy(true)
    setProblem(undefined)
    const outcome = await call('signIn', { body })
    setBusy(false)
    if (outcome.ok) {
      localStorage.setItem(KEY, body.schoolId)
      onDone(outcome.value)
      return
    }
    setProblem(outcome.problem)
    const code = form.current?.elements.namedItem('totp')
    if (code instanceof HTMLInputElement) code.value = ''
  }
  return (
    <main class="door">
      <div class="card">
        <div class="row between">
          <h1>{t.signIn.title}</h1>
          <button type="button" class="link" onClick={onLocale}>
            {t.language}
          </button>
        </div>
        <form ref={form} onSubmit={submit}>
          {ended && !problem && (
            <p class="said warn" role="status">
              {t.signIn.ended}
            </p>
          )}
          <Field
            label={t.signIn.school}
            name="school"
            required
            inputMode="numeric"
            pattern="\d{4}"
            maxLength={4}
            defaultValue={school ?? ''}
            autocomplete="organization"
          />
          <Field
            label={t.signIn.name}
            name="name"
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
          />
          <Field
            label={t.signIn.password}
            name="password"
            type="password"
            required
            autocomplete="current-password"
          />
          <div class="code-field">
            <Field
              label={t.signIn.totp}
              hint={t.signIn.totpHint}
              name="totp"
              required
              inputMode="numeric"
              pattern="\d{6}"
              maxLength={6}
              autocomplete="one-time-code"
            />
          </div>
          <ProblemText problem={problem} t={t} locale={locale} />
          <button type="submit" class="button" disabled={busy}>
            {busy ? t.working : t.signIn.go}
          </button>
          <p class="hint">{t.signIn.help}</p>
        </form>
      </div>
    </main>
  )
}

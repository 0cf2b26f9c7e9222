import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { encodeQR } from 'qr'
import { type AnswerOf, call, type Problem } from '../api.ts'
import { Field, ProblemText } from '../ui/parts.tsx'
import type { DoorProps } from './sign-in.tsx'

/** Opened by the link that `ecode staff add` prints, or that an admin hands over. */
export function SetUp({ t, locale, onLocale, onDone, code }: DoorProps & { code: string }) {
  const [shown, setShown] = useState<AnswerOf<'openSetUp'>>()
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const [differs, setDiffers] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    document.title = t.setUp.title
    void call('openSetUp', { body: { code } }).then((outcome) => {
      if (outcome.ok) setShown(outcome.value)
      else setProblem(outcome.problem)
    })
  }, [code, t])
  const submit = async (event: Event) => {
    event.preventDefault()
    if (!form.current) return
    const said = new FormData(form.current)
    const password = String(said.get('password'))
    const isSame = password === said.get('again')
    setDiffers(!isSame)
    if (!isSame) return
    setBusy(true)
    setProblem(undefined)
    const totp = String(said.get('totp')).trim()
    const outcome = await call('finishSetUp', { body: { code, password, totp } })
    setBusy(false)
    if (outcome.ok) onDone(outcome.value)
    else setProblem(outcome.problem)
  }
  return (
    <main class="door">
      <div class="card">
        <div class="row between">
          <h1>{t.setUp.title}</h1>
          <button type="button" class="link" onClick={onLocale}>
            {t.language}
          </button>
        </div>
        {shown && (
          <form ref={form} onSubmit={submit}>
            <p class="soft">{t.setUp.whose(shown.schoolName, shown.name)}</p>
            <input type="hidden" name="username" autocomplete="username" value={shown.name} />
            <h2>{t.setUp.scan}</h2>
            <Qr text={shown.otpauthUri} label={t.setUp.qr} />
            <p class="hint">
              {t.setUp.typed} <span class="mono">{shown.secret.match(/.{1,4}/g)?.join(' ')}</span>
            </p>
            <Field
              label={t.setUp.password}
              hint={t.setUp.passwordHint}
              name="password"
              type="password"
              required
              minLength={12}
              autocomplete="new-password"
            />
            <Field
              label={t.setUp.again}
              name="again"
              type="password"
              required
              autocomplete="new-password"
              invalid={differs}
              hint={differs ? t.setUp.differs : undefined}
            />
            <div class="code-field">
              <Field
                label={t.setUp.totp}
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
              {busy ? t.working : t.setUp.go}
            </button>
          </form>
        )}
        {!shown && <ProblemText problem={problem} t={t} locale={locale} />}
      </div>
    </main>
  )
}

function Qr({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encodeQR(text, 'raw', { border: 2 }), [text])
  const path = rows
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  return (
    <svg class="qr" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label}>
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}

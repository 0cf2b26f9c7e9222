import { useEffect, useMemo, useState } from 'preact/hooks'
import { encodeQR } from 'qr'
import type { AnswerOf } from '../api.ts'
import { Door, type DoorProps } from '../ui/door.tsx'
import { Field } from '../ui/parts.tsx'
import { useSend } from '../ui/use-load.ts'

/** Opened by the link that `ecode staff add` prints, or that an admin hands over. */
export function SetUp({ onDone, code, ...look }: DoorProps & { code: string }) {
  const { t } = look
  const opening = useSend('openSetUp')
  const { send, busy, problem } = useSend('finishSetUp')
  const [shown, setShown] = useState<AnswerOf<'openSetUp'>>()
  const [differs, setDiffers] = useState(false)
  useEffect(() => {
    void opening.send({ body: { code } }).then(setShown)
  }, [code])
  const submit = async (said: FormData) => {
    const password = String(said.get('password'))
    const isSame = password === said.get('again')
    setDiffers(!isSame)
    if (!isSame) return
    const totp = String(said.get('totp')).trim()
    const self = await send({ body: { code, password, totp } })
    if (self) onDone(self)
  }
  return (
    <Door
      look={look}
      title={t.setUp.title}
      totp={{ label: t.setUp.totp }}
      go={t.setUp.go}
      busy={busy}
      problem={problem ?? opening.problem}
      onSubmit={submit}
    >
      {shown && (
        <>
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
        </>
      )}
    </Door>
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

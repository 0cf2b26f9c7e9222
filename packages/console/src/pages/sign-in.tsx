import { Door, type DoorProps } from '../ui/door.tsx'
import { Field } from '../ui/parts.tsx'
import { useSend } from '../ui/use-load.ts'

const KEY = 'ecode-console-school'

/** Password and code go together, so that nobody learns which of them was wrong. */
export function SignIn({ onDone, ended, ...look }: DoorProps & { ended: boolean }) {
  const { t } = look
  const { send, busy, problem } = useSend('signIn')
  const school = new URLSearchParams(location.search).get('school') ?? localStorage.getItem(KEY)
  const submit = async (said: FormData, form: HTMLFormElement) => {
    const text = (name: string) => String(said.get(name) ?? '').trim()
    const schoolId = text('school')
    const password = String(said.get('password') ?? '')
    const self = await send({
      body: { schoolId, name: text('name'), password, totp: text('totp') },
    })
    if (self) {
      localStorage.setItem(KEY, schoolId)
      onDone(self)
      return
    }
    const code = form.elements.namedItem('totp')
    if (!(code instanceof HTMLInputElement)) return
    code.value = ''
    code.focus()
  }
  return (
    <Door
      look={look}
      title={t.signIn.title}
      totp={{ label: t.signIn.totp, hint: t.signIn.totpHint }}
      go={t.signIn.go}
      {...{ busy, problem }}
      onSubmit={submit}
      end={t.signIn.help}
    >
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
    </Door>
  )
}

import type { ShownProblem } from '../model.ts'
import { useTask } from './use-task.ts'
import { useView } from './view.ts'

/** In place of what needs a session when there is none: one sentence, one button. */
export function SessionNotice() {
  const { model, t } = useView()
  const session = model.session.value
  if (session.kind !== 'lost') {
    return (
      <div class="notice">
        <p class="notice-title">{t('signedOut')}</p>
      </div>
    )
  }
  const { problem } = session
  if (problem.code === 'ENGINE_UNSUPPORTED' && !window.isSecureContext && model.host.value) {
    return <Insecure />
  }
  const { code, signInAgain } = Object(problem.cause) as Partial<SignInOver>
  if (code === 'SIGN_IN_ENDED') return <SignInIsOver signInAgain={signInAgain} />
  return (
    <div class="notice">
      <p class="notice-title">{t('sessionLost')}</p>
      <button type="button" class="button" part="button" onClick={() => model.renewSession()}>
        {t('reconnect')}
      </button>
      <Found problem={problem} />
    </div>
  )
}

/** What `session` of `ECode.signIn` rejects with. */
interface SignInOver {
  code: string
  signInAgain: (() => void) | undefined
}

/** A sign-in lasts hours, and begins anew in the same place; where this page cannot begin it, its host can. */
function SignInIsOver({ signInAgain }: Pick<Partial<SignInOver>, 'signInAgain'>) {
  const { model, t } = useView()
  const host = model.host.value?.host.value
  const leave = host?.can('close') ? () => void host.call('close').catch(() => {}) : undefined
  const press = signInAgain ?? leave
  return (
    <div class="notice">
      <p class="notice-title">{t(signInAgain ? 'signInOver' : 'signInElsewhere')}</p>
      {press && (
        <button type="button" class="button" part="button" onClick={press}>
          {t(signInAgain ? 'signInAgain' : 'signInLeave')}
        </button>
      )}
    </div>
  )
}

/** A page without https has no key of its own; the BFF's page has, and is opened in its place. */
function Insecure() {
  const { model, t } = useView()
  const task = useTask()
  return (
    <div class="notice">
      <p class="notice-title">{t('insecureTitle')}</p>
      <p class="notice-text">{t('insecureText')}</p>
      {task.problem && !task.busy && <p class="wrong">{t('insecureFailed')}</p>}
      <button
        type="button"
        class="button"
        part="button"
        disabled={task.busy}
        onClick={() => task.run(async () => (await model.host.value?.openSecurely()) ?? gone)}
      >
        {t(task.busy ? 'insecureOpening' : 'insecureOpen')}
      </button>
      {task.problem && !task.busy && <Found problem={task.problem} />}
    </div>
  )
}

/** The person has signed out meanwhile. */
const gone = { kind: 'cancelled' } as const

function Found({ problem }: { problem: ShownProblem }) {
  return (
    <p class="support">
      {problem.code} {problem.requestId}
    </p>
  )
}

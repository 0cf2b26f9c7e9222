import { useEffect, useState } from 'preact/hooks'
import { ProblemLine } from '../problem/problem-line.tsx'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useHost } from './use-host.ts'

/** R6: a WeChat that signs this person in, and how to end that. Without one there is nothing. */
export function WechatSignIn() {
  const { t } = useView()
  const host = useHost()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  useEffect(() => void host.loadWechat(), [host])
  if (!host.wechat.value.value?.signsIn) return null
  return (
    <section class="panel bank" aria-label={t('wechatSignIn')}>
      <p class="bank-top">
        <b>{t('wechatSignIn')}</b>
      </p>
      <p class="bank-default">{t('wechatSignInText')}</p>
      {task.problem && !task.busy && <ProblemLine problem={task.problem} />}
      {asking ? (
        <Sure
          text={t('wechatSignInSure')}
          label={t('wechatSignInEnd')}
          busy={task.busy}
          onSure={() =>
            task.run(
              () => host.endWechatSignIn(),
              () => setAsking(false),
              t('wechatSignInEnded'),
            )
          }
          onKeep={() => setAsking(false)}
        />
      ) : (
        <p class="bank-actions">
          <button type="button" class="plain link" onClick={() => setAsking(true)}>
            {t('wechatSignInEnd')}
          </button>
        </p>
      )}
    </section>
  )
}

import { useEffect, useState } from 'preact/hooks'
import type { ExportState } from '../../wallet-model.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { CopyButton } from './copy-button.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R42: one's own data, with the password; as a file, or where there are none as text. */
export function Export() {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  const state = wallet.exported.value
  return (
    <section class="panel">
      <h2>{t('exportTitle')}</h2>
      {state?.kind === 'ready' ? (
        <Ready state={state} />
      ) : (
        <>
          <p>{t('exportText')}</p>
          {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
          <button
            type="button"
            class="button"
            part="button"
            disabled={task.busy || state !== undefined}
            onClick={() =>
              task.run(() => wallet.approve({ kind: 'export_data' }), undefined, t('exportDone'))
            }
          >
            {state ? t('exportFetching', { n: state.count }) : t('exportDo')}
          </button>
        </>
      )}
    </section>
  )
}

function Ready({ state }: { state: Extract<ExportState, { kind: 'ready' }> }) {
  const { t } = useView()
  const wallet = useWallet()
  const { name, text } = state
  const [shown, setShown] = useState(!canDownload())
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!canDownload()) return
    const made = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [text])
  return (
    <>
      <p>{t(shown ? 'exportShownText' : 'exportDone')}</p>
      {url && !shown && (
        <>
          <a class="button file" part="button" href={url} download={name}>
            {t('exportDownload')}
          </a>
          <button type="button" class="button quiet" part="button" onClick={() => setShown(true)}>
            {t('exportShow')}
          </button>
        </>
      )}
      {shown && (
        <>
          <textarea
            class="exported"
            part="field"
            readOnly
            rows={8}
            aria-label={t('exportField')}
            value={text}
          />
          <p class="bank-actions">
            <CopyButton text={text} />
          </p>
        </>
      )}
      <button
        type="button"
        class="button quiet"
        part="button"
        onClick={() => wallet.forgetExport()}
      >
        {t('exportClose')}
      </button>
    </>
  )
}

/** WeChat and the usual WebViews of apps drop downloads of what a page has made, without a word. */
function canDownload(): boolean {
  const inApp = /MicroMessenger|; wv\)|DingTalk|Lark/i.test(navigator.userAgent)
  return 'download' in HTMLAnchorElement.prototype && !inApp
}

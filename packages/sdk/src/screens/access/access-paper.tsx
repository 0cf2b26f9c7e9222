import { useMemo } from 'preact/hooks'
import type { ShownAccess } from '../../access-model.ts'
import { CodeCanvas } from '../pay/code-canvas.tsx'
import { useView } from '../view.ts'
import { formatDayTime } from './day-time.ts'
import { ACCESS_QR_MODULES, accessQrCells } from './draw-access-qr.ts'
import { TearLine } from './tear-line.tsx'

/** The white part, white in the dark too, and the line that runs out every ten seconds. */
export function AccessPaper({
  code,
  loading,
}: {
  code: ShownAccess | undefined
  loading: boolean
}) {
  const { model, t } = useView()
  const text = code?.text
  const cells = useMemo(() => text && accessQrCells(text), [text])
  const until = code && !model.online.value && formatDayTime(code.endsAt, model.now(), t)
  return (
    <>
      <div class="paper" part="code" aria-busy={loading}>
        <div class={loading ? 'qr pass bone' : 'qr pass'}>
          {cells && (
            <CodeCanvas cells={cells} columns={ACCESS_QR_MODULES} square label={t('accessQr')} />
          )}
        </div>
      </div>
      <TearLine
        shown={code && { from: code.shownAt, until: code.refreshAt, serial: code.serial }}
      />
      <p class="pass-foot">
        {until ? t('accessOffline', { time: until }) : t(code ? 'accessFresh' : 'accessLoading')}
      </p>
    </>
  )
}

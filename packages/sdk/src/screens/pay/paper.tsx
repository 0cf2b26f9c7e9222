import { useMemo } from 'preact/hooks'
import type { ShownCode } from '../../model.ts'
import { useView } from '../view.ts'
import { CodeCanvas } from './code-canvas.tsx'
import { BARCODE_MODULES, barcodeCells, QR_MODULES, qrCells } from './code-drawing.ts'

/** The white part of the ticket, white in the dark too: bars, digits, QR, or the room they will take. */
export function Paper({ code, loading }: { code: ShownCode | undefined; loading: boolean }) {
  const { t, drawQr } = useView()
  const digits = code?.digits
  const draw = drawQr.value
  const bars = useMemo(() => digits && barcodeCells(digits), [digits])
  const qr = useMemo(() => digits && draw && qrCells(draw(digits)), [digits, draw])
  const bone = (waiting: boolean) => (waiting ? ' bone' : '')
  return (
    <div class="paper" part="code" aria-busy={loading}>
      <div class={`bars${bone(loading)}`}>
        {bars && <CodeCanvas cells={bars} columns={BARCODE_MODULES} label={t('barcode')} />}
      </div>
      {code ? <Digits code={code} /> : <div class="digits" />}
      <div class={`qr${bone(loading || (Boolean(digits) && !qr))}`}>
        {qr && <CodeCanvas cells={qr} columns={QR_MODULES} square label={t('qr')} />}
      </div>
    </div>
  )
}

function Digits({ code: { digits, revealed } }: { code: ShownCode }) {
  const { model, t } = useView()
  return (
    <button
      type="button"
      class="plain digits"
      part="digits"
      onClick={() => model.setRevealed(!revealed)}
    >
      {revealed ? (
        <span class="groups">
          {digits.match(/\d{4}/g)?.map((group, index) => (
            <span key={index}>{group} </span>
          ))}
        </span>
      ) : (
        <span aria-hidden="true">{digits.slice(0, 4)} ••••</span>
      )}
      <b class="digits-toggle">{t(revealed ? 'hideDigits' : 'showDigits')}</b>
    </button>
  )
}

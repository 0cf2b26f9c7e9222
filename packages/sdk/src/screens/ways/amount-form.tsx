import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useView } from '../view.ts'
import { typedFen, typeFen } from '../wallet/amount-entry.ts'
import { AmountKeypad } from '../wallet/amount-keypad.tsx'

/** How much, on our own keys. What stands above and below the amount is the way's own. */
export function AmountForm({
  above,
  hint,
  quickFen = [],
  disabled,
  label,
  onConfirm,
}: {
  above: ComponentChildren
  hint(amountFen: number): ComponentChildren
  quickFen?: readonly number[]
  disabled(amountFen: number): boolean
  label: string
  onConfirm(amountFen: number): void
}) {
  const { t, say } = useView()
  const [text, setText] = useState('')
  const fen = typedFen(text)
  useEffect(() => {
    if (!text) return
    const timer = setTimeout(() => say(t('amountNow', { amount: text })), 400)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="move">
      <div class="panel move-panel">
        {above}
        <p class="move-amount" part="amount">
          <span class="spoken">{t('moveAmount')}</span>
          <span aria-hidden="true">¥</span>
          <b>{text}</b>
          <i class="caret" aria-hidden="true" />
          {!text && <span class="spoken">{t('amountEmpty')}</span>}
        </p>
        {hint(fen)}
      </div>
      <div class="move-foot">
        {quickFen.length > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in old engines
          <div class="quicks" role="group" aria-label={t('quickLabel')}>
            {quickFen.map((quick) => (
              <button
                key={quick}
                type="button"
                class="quick"
                aria-pressed={quick === fen}
                onClick={() => setText(typeFen(quick))}
              >
                ¥{typeFen(quick)}
              </button>
            ))}
          </div>
        )}
        <AmountKeypad
          text={text}
          label={label}
          disabled={!fen || disabled(fen)}
          onText={setText}
          onConfirm={() => onConfirm(fen)}
        />
      </div>
    </div>
  )
}

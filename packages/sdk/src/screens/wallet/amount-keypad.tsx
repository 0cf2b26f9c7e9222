import { useEffect } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { useView } from '../view.ts'
import { type AmountKey, keyOf, pressKey } from './amount-entry.ts'
import { walletIcons } from './wallet-icon-paths.ts'

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0'] as const

/** Our own keys for an amount: the system's keyboard would hide half of a small screen. */
export function AmountKeypad({
  text,
  label,
  disabled,
  onText,
  onConfirm,
}: {
  text: string
  /** What the confirming key says. */
  label: string
  disabled: boolean
  onText(text: string): void
  onConfirm(): void
}) {
  const { t } = useView()
  const press = (key: AmountKey) => onText(pressKey(text, key))
  // A keyboard works, too, where there is one.
  useEffect(() => {
    const type = (event: KeyboardEvent) => {
      const key = keyOf(event.key)
      if (!key || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      press(key)
    }
    document.addEventListener('keydown', type)
    return () => document.removeEventListener('keydown', type)
  }, [text, onText])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in old engines
    <div class="keys" role="group" aria-label={t('keysLabel')}>
      {digits.map((key) => (
        <button
          key={key}
          type="button"
          class={`key key-${key === '.' ? 'dot' : key}`}
          aria-label={key === '.' ? t('key_dot') : undefined}
          onClick={() => press(key)}
        >
          {key}
        </button>
      ))}
      <button
        type="button"
        class="key key-back"
        aria-label={t('key_back')}
        onClick={() => press('back')}
      >
        <Icon d={walletIcons.back} />
      </button>
      <button
        type="button"
        class="key key-go"
        part="button"
        disabled={disabled}
        onClick={onConfirm}
      >
        {label}
      </button>
    </div>
  )
}

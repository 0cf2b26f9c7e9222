import type { StringKey } from '../../strings/zh-cn.ts'
import { useView } from '../view.ts'

/** One consent, asked for by itself, and what becomes of what is taken (R42). */
export function ConsentBox({
  name,
  label,
  what,
  help,
  checked,
  wrong,
  onChange,
}: {
  name: string
  label: StringKey
  what: StringKey
  help: StringKey
  checked: boolean
  wrong: StringKey | undefined
  onChange(checked: boolean): void
}) {
  const { t } = useView()
  return (
    <>
      <label class="consent">
        <input
          type="checkbox"
          checked={checked}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong && `${name}-wrong`}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{t(label)}</span>
      </label>
      {wrong && (
        <p class="wrong" id={`${name}-wrong`}>
          {t(wrong)}
        </p>
      )}
      <details>
        <summary>{t(what)}</summary>
        <p>{t(help)}</p>
      </details>
    </>
  )
}

import { useEffect, useRef } from 'preact/hooks'
import { useView } from './view.ts'

/** Asked once more, in words, before something is given up. */
export function Sure({
  text,
  label,
  busy,
  onSure,
  onKeep,
}: {
  text: string
  label: string
  busy: boolean
  onSure(): void
  onKeep(): void
}) {
  const { t } = useView()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div class="sure">
      <h2 ref={heading} tabIndex={-1}>
        {text}
      </h2>
      <button type="button" class="button danger" part="button" disabled={busy} onClick={onSure}>
        {label}
      </button>
      <button type="button" class="button quiet" part="button" disabled={busy} onClick={onKeep}>
        {t('keepIt')}
      </button>
    </div>
  )
}

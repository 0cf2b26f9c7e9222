import type { ComponentProps, Ref } from 'preact'
import type { StringKey } from '../strings/zh-cn.ts'
import { useView } from './view.ts'

/** A field with its label, its "what is this?", and what is wrong with it. */
export function Field({
  name,
  label,
  what,
  help,
  wrong,
  inputRef,
  input,
}: {
  name: string
  label: StringKey
  what: StringKey
  help: StringKey
  wrong: string | undefined
  inputRef?: Ref<HTMLInputElement>
  input: ComponentProps<'input'>
}) {
  const { t } = useView()
  const id = `field-${name}`
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <input
        {...(inputRef ? { ref: inputRef } : {})}
        {...input}
        id={id}
        class="field-input"
        part="field"
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
      />
      {wrong !== undefined && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
      <details>
        <summary>{t(what)}</summary>
        <p>{t(help)}</p>
      </details>
    </div>
  )
}

import type { ComponentChildren } from 'preact'

/** One thing to do, as wide as what it stands in. */
export function Button({
  submit,
  quiet,
  disabled,
  press,
  children,
}: {
  submit?: boolean
  quiet?: boolean | undefined
  disabled?: boolean
  press?(): void
  children: ComponentChildren
}) {
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={quiet ? 'button quiet' : 'button'}
      part="button"
      disabled={disabled}
      onClick={press}
    >
      {children}
    </button>
  )
}

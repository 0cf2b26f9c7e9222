import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Problem } from '../api.ts'
import { useHere } from './session.ts'
import type { Loaded } from './use-load.ts'

/**
 * A page's head: focus goes to it when the page is opened, or to the field called `focus`, where whoever
 * opens the page means to type.
 */
export function Head({
  title,
  text,
  focus,
  children,
}: {
  title: string
  text?: string
  focus?: string
  children?: ComponentChildren
}) {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = title
  }, [title])
  // Once: whoever is on their way by Tab when the title becomes a name is not taken back.
  useEffect(() => {
    const field = document.querySelector<HTMLElement>(`main [name="${focus}"]`)
    const start = field ?? ref.current
    start?.focus()
  }, [])
  return (
    <div class="head">
      <h1 ref={ref} tabIndex={-1}>
        {title}
      </h1>
      {children}
      {text && <p>{text}</p>}
    </div>
  )
}

/** What was done; focus goes to it, for the button that did it may be there no more. */
export function Told({ text }: { text: string }) {
  const ref = useRef<HTMLParagraphElement>(null)
  useEffect(() => ref.current?.focus(), [text])
  return (
    <div role="status">
      {text && (
        <p ref={ref} class="said good" tabIndex={-1}>
          {text}
        </p>
      )}
    </div>
  )
}

export function Said({ problem }: { problem: Problem | undefined }) {
  const { t, locale } = useHere()
  return <ProblemText problem={problem} t={t} locale={locale} />
}

/** Also before somebody is signed in. */
export function ProblemText({
  problem,
  t,
  locale,
}: {
  problem: Problem | undefined
  t: { tryAgainIn: (minutes: number) => string; requestId: string }
  locale: 'zh-CN' | 'en'
}) {
  return (
    <div role="alert">
      {problem && (
        <p class="said">
          {problem.message[locale]}
          {problem.retryAfterSeconds !== undefined &&
            ` ${t.tryAgainIn(Math.ceil(problem.retryAfterSeconds / 60))}`}
          {problem.requestId && (
            <span class="mono">
              {t.requestId} {problem.requestId}
            </span>
          )}
        </p>
      )}
    </div>
  )
}

export function Field({
  label,
  hint,
  children,
  invalid,
  ...input
}: {
  label: string
  hint?: string | undefined
  invalid?: boolean
  children?: ComponentChildren
} & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  const hintId = hint ? `${id}-hint` : undefined
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={hintId} aria-invalid={invalid} {...input} />
      {hint && (
        <span class="hint" id={hintId}>
          {hint}
        </span>
      )}
      {children}
    </div>
  )
}

/** What stands in for what is not there yet, or will not be. */
export function Await<T>({
  of: { value, problem },
  children,
}: {
  of: Loaded<T>
  children: (value: T) => ComponentChildren
}) {
  const { t } = useHere()
  if (value !== undefined) {
    return (
      <>
        {problem && <Said problem={problem} />}
        {children(value)}
      </>
    )
  }
  if (problem) return <Said problem={problem} />
  return (
    <p class="none" role="status">
      {t.loading}
    </p>
  )
}

export type Tone = 'good' | 'warn' | 'bad' | ''

export function Tag({ tone = '', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`tag ${tone}`}>{children}</span>
}

/** Columns with their heads; a narrow window repeats the head in every cell. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  none,
}: {
  caption: string
  columns: { label: string; cell: (row: T) => ComponentChildren; end?: boolean }[]
  rows: readonly T[]
  keyOf: (row: T) => string
  none: string
}) {
  const { t } = useHere()
  if (rows.length === 0) return <p class="none card">{none}</p>
  return (
    // Wide ones scroll, which the keyboard can only do where there is focus.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
    <section class="table" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="spoken">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, end }) => (
              <th key={label} scope="col" class={end ? 'end' : ''}>
                {label || <span class="spoken">{t.actions}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ label, cell, end }) => (
                <td key={label} data-label={label} class={end ? 'end' : ''}>
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** A question on top of the page; Esc is a no. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    return () => before instanceof HTMLElement && before.focus()
  }, [])
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose}>
      <div class="stack">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}

/** Asks why, then does it: whatever staff do to somebody has a reason in the log. */
export function ReasonForm({
  busy,
  disabled = busy,
  action,
  danger = false,
  onCancel,
  onReason,
  children,
}: {
  busy: boolean
  disabled?: boolean
  action: string
  danger?: boolean
  onCancel?: () => void
  onReason: (reason: string) => void
  children?: ComponentChildren
}) {
  const { t } = useHere()
  const id = useId()
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        const reason = new FormData(event.currentTarget).get('reason')
        onReason(String(reason).trim())
      }}
    >
      {children}
      <div class="field">
        <label htmlFor={id}>{t.reason}</label>
        <textarea
          id={id}
          name="reason"
          required
          minLength={4}
          maxLength={200}
          aria-describedby={`${id}-hint`}
        />
        <span class="hint" id={`${id}-hint`}>
          {t.reasonHint}
        </span>
      </div>
      <div class="actions">
        {onCancel && (
          <button type="button" class="button plain" onClick={onCancel}>
            {t.cancel}
          </button>
        )}
        <button type="submit" class={`button ${danger ? 'danger' : ''}`} disabled={disabled}>
          {busy ? t.working : action}
        </button>
      </div>
    </form>
  )
}

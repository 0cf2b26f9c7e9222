import { PASSWORD_DIGITS } from '@campus-ecode/protocol/keypad'
import { element } from './element.ts'
import type { Strings } from './strings.ts'

const ZERO = 0x30

/** Six dots and twelve keys. Digits are kept as bytes that can be overwritten, never as text. */
export interface DigitPad {
  /** Dots, then the line that says what is going on. */
  readonly dots: HTMLElement
  readonly keys: HTMLElement
  /** Asks for six digits; whoever gets them overwrites them. */
  ask(): Promise<Uint8Array<ArrayBuffer>>
  /** Shakes what was wrong away. */
  shake(): void
  /** No longer takes keys. */
  close(): void
}

export function createDigitPad(t: Strings, onCancel: () => void): DigitPad {
  let digits = new Uint8Array(PASSWORD_DIGITS)
  let count = 0
  let answer: ((digits: Uint8Array<ArrayBuffer>) => void) | undefined

  const marks = Array.from({ length: PASSWORD_DIGITS }, () => element('i'))
  const row = element('div', { class: 'dots', 'aria-hidden': 'true' }, ...marks)
  // How many, never which.
  const spoken = element('p', { class: 'spoken', 'aria-live': 'polite' })
  const dots = element('div', {}, row, spoken)

  function show() {
    for (const [at, mark] of marks.entries()) mark.classList.toggle('full', at < count)
    spoken.textContent = count > 0 ? t.filled(count) : ''
  }

  function press(digit: number) {
    if (!answer || count >= PASSWORD_DIGITS) return
    digits[count++] = ZERO + digit
    show()
    if (count < PASSWORD_DIGITS) return
    const take = answer
    const full = digits
    answer = undefined
    digits = new Uint8Array(PASSWORD_DIGITS)
    setBusy(true)
    // Once the last dot has been seen.
    setTimeout(() => take(full), 120)
  }

  function remove() {
    if (!answer || count === 0) return
    digits[--count] = 0
    show()
  }

  const key = (digit: number) =>
    element('button', { type: 'button', click: () => press(digit) }, String(digit))
  const keys = element(
    'div',
    { class: 'keys', role: 'group', 'aria-label': t.keys },
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(key),
    element('button', { type: 'button', class: 'word', click: onCancel }, t.cancel),
    key(0),
    element('button', { type: 'button', class: 'remove', 'aria-label': t.remove, click: remove }),
  )
  keys.lastElementChild?.append(drawRemove())

  function setBusy(busy: boolean) {
    keys.classList.toggle('busy', busy)
    keys.setAttribute('aria-disabled', String(busy))
  }

  function onKey(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement) return
    if (/^[0-9]$/.test(event.key)) press(Number(event.key))
    else if (event.key === 'Backspace') remove()
    else if (event.key === 'Escape') onCancel()
    else return
    event.preventDefault()
  }
  document.addEventListener('keydown', onKey)

  return {
    dots,
    keys,
    ask() {
      digits.fill(0)
      count = 0
      show()
      setBusy(false)
      return new Promise((resolve) => {
        answer = resolve
      })
    },
    shake() {
      row.classList.remove('shake')
      // Reading a size makes the browser notice that the class was gone.
      void row.offsetWidth
      row.classList.add('shake')
    },
    close() {
      answer = undefined
      digits.fill(0)
      document.removeEventListener('keydown', onKey)
    },
  }
}

function drawRemove(): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(space, 'path')
  path.setAttribute(
    'd',
    'M9 5h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-6-7zM11.5 9.5l5 5M16.5 9.5l-5 5',
  )
  svg.append(path)
  return svg
}

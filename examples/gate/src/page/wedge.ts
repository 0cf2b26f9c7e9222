/** A key, as the browser tells of it. */
export interface WedgeKey {
  key: string
  /** Where it is on the keyboard, whatever is printed on it. */
  code: string
  shiftKey: boolean
}

/** The field that has the focus, where the keys end up as this computer understands them. */
export interface WedgeField {
  read(): string
  clear(): void
}

/** A scanner types without a rest; a person does not. */
const REST_MS = 500

/**
 * Hears a scanner that types like a keyboard and ends with Enter or Tab.
 *
 * It presses the keys of an American keyboard, mostly. Where this computer is set to another one, has Caps
 * Lock on or an input method at work, what arrives in the field is something else (`Ö` for `:`). So the
 * keys are read by their place too, and of the two texts the one counts that has the form of a code.
 *
 * @returns Takes a key; true when it was the end of a scan, and not meant for the page.
 */
export function createWedge(field: WedgeField, onScan: (text: string) => void) {
  let byPlace = ''
  let lastMs = Number.NEGATIVE_INFINITY
  return (pressed: WedgeKey, nowMs: number): boolean => {
    if (nowMs - lastMs > REST_MS) {
      byPlace = ''
      field.clear()
    }
    lastMs = nowMs
    if (pressed.key !== 'Enter' && pressed.key !== 'Tab' && pressed.code !== 'Enter') {
      byPlace += readPlace(pressed)
      return false
    }
    const texts = [field.read(), byPlace]
    byPlace = ''
    field.clear()
    const text =
      texts.find((candidate) => FORM.test(candidate)) ?? texts.find((each) => each !== '')
    if (text === undefined) return false
    onScan(text)
    return true
  }
}

/** Access, payment and identity codes. Nothing is trimmed: an access code has spaces. */
const FORM = /^(?:ECA1:[0-9A-Z $%*+./:-]{272}|\d{16,24})$/

const SHIFTED_DIGITS = ')!@#$%^&*('
/** On an American keyboard, without and with Shift. */
const PLACES: Record<string, string> = {
  Space: '  ',
  Minus: '-_',
  Equal: '=+',
  Semicolon: ';:',
  Comma: ',<',
  Period: '.>',
  Slash: '/?',
  NumpadAdd: '++',
  NumpadSubtract: '--',
  NumpadMultiply: '**',
  NumpadDivide: '//',
  NumpadDecimal: '..',
}

function readPlace({ code, shiftKey }: WedgeKey): string {
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? []
  if (letter) return shiftKey ? letter : letter.toLowerCase()
  const [, pad, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? []
  if (digit) return shiftKey && pad === 'Digit' ? SHIFTED_DIGITS.charAt(Number(digit)) : digit
  return PLACES[code]?.charAt(shiftKey ? 1 : 0) ?? ''
}

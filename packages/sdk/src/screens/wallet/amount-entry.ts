import { AMOUNT_FEN_MAX, parseYuan } from '@campus-ecode/protocol/money'

/** A key of the amount keypad. */
export type AmountKey = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '.' | 'back'

/**
 * What stands there after a key. A key that would make it no amount, or more than an operation may
 * name, changes nothing.
 */
export function pressKey(text: string, key: AmountKey): string {
  if (key === 'back') return text.slice(0, -1)
  if (key === '.') return text.includes('.') ? text : `${text || '0'}.`
  const next = text === '0' ? key : text + key
  return parseYuan(next) === undefined ? text : next
}

/** The fen that have been typed; 0 for nothing yet. A point without figures behind it is whole yuan. */
export function typedFen(text: string): number {
  return parseYuan(text.replace(/\.$/, '')) ?? 0
}

/** As one would type it: `12.5`, `100`. */
export function typeFen(amountFen: number): string {
  const fen = Math.min(Math.max(0, amountFen), AMOUNT_FEN_MAX)
  const yuan = Math.floor(fen / 100)
  const rest = fen % 100
  return rest ? `${yuan}.${String(rest).padStart(2, '0').replace(/0$/, '')}` : String(yuan)
}

/** A key of a keyboard, if it means one of ours. */
export function keyOf(pressed: string): AmountKey | undefined {
  if (/^[0-9]$/.test(pressed) || pressed === '.') return pressed as AmountKey
  return pressed === 'Backspace' ? 'back' : undefined
}

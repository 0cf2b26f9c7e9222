/** An amount as it is being typed: `12`, `12.`, `12.5`; at most ¥99,999.99. */
const TYPED = /^(0|[1-9]\d{0,4})?(\.\d{0,2})?$/

/** What the amount becomes with a key of the keypad; as it was, when the key makes no amount. */
export function pressKey(typed: string, key: string): string {
  if (key === 'clear') return ''
  if (key === 'back') return typed.slice(0, -1)
  const next = typed === '0' && key !== '.' ? key : typed === '' && key === '00' ? '0' : typed + key
  return TYPED.test(next) ? next : typed
}

/** True while a text can still become an amount; a scanned code cannot, it is too long. */
export function isTypedAmount(text: string): boolean {
  return text !== '' && TYPED.test(text)
}

/** As the server reads it: `12.` is 12, `.5` is 0.5; undefined while it is nothing. */
export function readTyped(typed: string): string | undefined {
  const amount = typed.replace(/^\./, '0.').replace(/\.$/, '')
  return /[1-9]/.test(amount) ? amount : undefined
}

/** `¥12.50`, with what is not typed yet as zeros. */
export function showTyped(typed: string): string {
  const [yuan = '', fen = ''] = typed.split('.')
  return `¥${yuan || '0'}.${fen.padEnd(2, '0')}`
}

// RFC 9285. Strict: upper case only, nothing trimmed (the alphabet contains a space), no value that
// the encoder could not have written.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** Two bytes become three characters, a last single byte two. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length
    let value = pair ? byteAt(bytes, at) * 256 + byteAt(bytes, at + 1) : byteAt(bytes, at)
    for (let digits = pair ? 3 : 2; digits > 0; digits--) {
      text += ALPHABET.charAt(value % 45)
      value = Math.floor(value / 45)
    }
  }
  return text
}

/** @returns undefined for every text that no bytes encode to. */
export function decodeBase45(text: string): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length % 3
  if (rest === 1) return undefined
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (rest ? 1 : 0))
  let to = 0
  // Character by character, for gates: cutting groups out of the text takes three times as long.
  for (let at = 0; at < text.length; at += 3) {
    const isPair = at + 2 < text.length
    const low = digitAt(text, at)
    const middle = digitAt(text, at + 1)
    const high = isPair ? digitAt(text, at + 2) : 0
    const value = low + middle * 45 + high * 2025
    if (low < 0 || middle < 0 || high < 0 || value > (isPair ? 0xffff : 0xff)) return undefined
    if (isPair) bytes[to++] = value >> 8
    bytes[to++] = value & 0xff
  }
  return bytes
}

/** By character code; −1 for what is not in the alphabet. */
const DIGITS = new Int8Array(128).fill(-1)
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit

function digitAt(text: string, at: number): number {
  return DIGITS[text.charCodeAt(at)] ?? -1
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

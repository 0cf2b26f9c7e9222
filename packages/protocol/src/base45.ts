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
  if (text.length % 3 === 1) return undefined
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 ? 1 : 0))
  let to = 0
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3)
    let value = 0
    for (let i = group.length - 1; i >= 0; i--) {
      const digit = ALPHABET.indexOf(group.charAt(i))
      if (digit < 0) return undefined
      value = value * 45 + digit
    }
    if (value > (group.length === 3 ? 0xffff : 0xff)) return undefined
    if (group.length === 3) bytes[to++] = value >> 8
    bytes[to++] = value & 0xff
  }
  return bytes
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

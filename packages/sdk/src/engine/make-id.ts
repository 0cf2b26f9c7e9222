/**
 * A UUIDv7 (RFC 9562 §5.7), from `getRandomValues`, because WebViews before Chromium 92 have no
 * `randomUUID`.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function makeId(nowMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let at = 0, rest = nowMs; at < 6; at++) {
    bytes[5 - at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

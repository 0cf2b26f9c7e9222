import type { Locale } from './strings/strings.ts'

const ZONE = { timeZone: 'Asia/Shanghai', hourCycle: 'h23' } as const

/** Fen as `¥12.50`. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '−' : ''
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}¥${whole}.${digits.slice(-2)}`
}

/** What somebody typed as fen, nothing included; undefined for what is no amount. */
export function parseFen(text: string): number | undefined {
  const [, whole, part = ''] = /^\s*[¥￥]?\s*(\d{1,7})(?:[.。](\d{1,2}))?\s*$/.exec(text) ?? []
  if (whole === undefined) return undefined
  return Number(whole) * 100 + Number(part.padEnd(2, '0'))
}

/** What is paid or given back: more than nothing. */
export const parseYuan = (text: string) => parseFen(text) || undefined

const moment = new Intl.DateTimeFormat('sv-SE', {
  ...ZONE,
  dateStyle: 'short',
  timeStyle: 'medium',
})
const clock = new Intl.DateTimeFormat('sv-SE', { ...ZONE, timeStyle: 'medium' })

/** `2026-09-01 11:45:03`, in Shanghai wherever the computer is. */
export const at = (iso: string) => moment.format(new Date(iso))
export const day = (iso: string) => at(iso).slice(0, 10)
export const time = (iso: string) => clock.format(new Date(iso))

/** `2026-09-01T11:45` of a datetime field, which means Shanghai's. */
export const fromField = (value: string) => new Date(`${value}:00+08:00`).toISOString()
export const toField = (ms: number) => at(new Date(ms).toISOString()).slice(0, 16).replace(' ', 'T')

/** How long ago, in the largest unit that fits. */
export function ago(iso: string, locale: Locale, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  const [count, unit] = pickUnit(seconds)
  return new Intl.RelativeTimeFormat(locale, { numeric: 'always' }).format(-count, unit)
}

function pickUnit(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  if (seconds < 120) return [seconds, 'second']
  if (seconds < 7_200) return [Math.round(seconds / 60), 'minute']
  if (seconds < 172_800) return [Math.round(seconds / 3_600), 'hour']
  return [Math.round(seconds / 86_400), 'day']
}

/** A UUIDv7 (RFC 9562 §5.7), for what is sent once however often. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let ms = Date.now()
  for (let index = 5; index >= 0; index--) {
    bytes[index] = ms % 256
    ms = Math.floor(ms / 256)
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

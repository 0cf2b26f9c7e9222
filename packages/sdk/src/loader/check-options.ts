import type { ECodeOptions } from '../options.ts'
import { type ScreenName, screenNames } from '../screens/options.ts'
import { ECodeError } from './ecode-error.ts'

/**
 * Refuses options that cannot work, at once and in a sentence that says which.
 *
 * Unknown names pass, because a page may be newer than the loader it has cached.
 * Throws: OPTIONS_INVALID.
 */
export function checkOptions(options: ECodeOptions): void {
  const o: { [name in keyof ECodeOptions]?: unknown } = Object(options)
  const theme: { [name: string]: unknown } = Object(o.theme)
  must(/^\d{4}$/.test(String(o.school)), "school: four digits as a string, e.g. '1001'")
  must(
    typeof o.subject === 'string' && o.subject,
    'subject: a string that names the signed-in person',
  )
  must(
    typeof o.session === 'function',
    'session: a function (thumbprint) => Promise<{ token, expiresAt }>',
  )
  must(
    /^https?:\/\/[^/?#]/.test(String(o.baseUrl)),
    "baseUrl: the BFF's address, e.g. 'https://pay.school.edu'",
  )
  must(o.screen === undefined || isScreen(o.screen), `screen: ${choice}`)
  must(
    o.screens === undefined ||
      (Array.isArray(o.screens) && o.screens[0] && o.screens.every(isScreen)),
    `screens: an array of ${choice}`,
  )
  must(oneOf(o.locale, 'zh-CN', 'en'), "locale: 'zh-CN' or 'en'")
  must(oneOf(theme.scheme, 'auto', 'light', 'dark'), "theme.scheme: 'auto', 'light' or 'dark'")
}

const choice = screenNames.join(' or ')

function isScreen(value: unknown): boolean {
  return screenNames.includes(value as ScreenName)
}

function oneOf(value: unknown, ...values: string[]): boolean {
  return value === undefined || values.includes(value as string)
}

function must(holds: unknown, what: string): void {
  if (!holds) throw invalid(what)
}

export function invalid(what: string): ECodeError {
  return new ECodeError('OPTIONS_INVALID', `ECode options: ${what}`)
}

import type { ECodeOptions } from '../options.ts'
import { screenNames } from '../screens/options.ts'
import { ECodeError } from './ecode-error.ts'

const screens: readonly unknown[] = screenNames

/**
 * Refuses options that cannot work, at once and in a sentence that says which.
 *
 * Unknown names pass, because a page may be newer than the loader it has cached.
 * Throws: OPTIONS_INVALID.
 */
export function checkOptions(options: ECodeOptions): void {
  const given: { [name in keyof ECodeOptions]?: unknown } = Object(options)
  const { school, subject, session, screens: tabs, theme } = given
  const { scheme } = Object(theme)
  must(isText(school) && /^\d{4}$/.test(school), "school must be four digits, e.g. '1001'")
  must(isText(subject) && subject, 'subject must be a string naming the person')
  must(typeof session === 'function', 'session must be a function returning a session')
  must(
    /^https?:\/\/\w/.test(given.baseUrl as string),
    'baseUrl must be the http address of the BFF',
  )
  must(isOneOf(given.screen, screens), `screen must be ${screens.join(' or ')}`)
  must(
    tabs === undefined ||
      (Array.isArray(tabs) && tabs[0] && tabs.every((tab) => screens.includes(tab))),
    `screens must be an array of ${screens.join(' or ')}`,
  )
  must(isOneOf(given.locale, ['zh-CN', 'en']), 'locale must be zh-CN or en')
  must(isOneOf(scheme, ['auto', 'light', 'dark']), 'theme.scheme must be auto, light or dark')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isOneOf(value: unknown, choice: readonly unknown[]): boolean {
  return value === undefined || choice.includes(value)
}

export function must(holds: unknown, what: string): void {
  if (!holds) throw new ECodeError('OPTIONS_INVALID', what)
}

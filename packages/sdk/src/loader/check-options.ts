import type { ECodeOptions } from '../options.ts'
import { screenNames } from '../screens/options.ts'
import { ECodeError } from './ecode-error.ts'

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
  must(typeof school === 'string' && /^\d{4}$/.test(school), 'school must be a text of four digits')
  must(typeof subject === 'string' && subject, 'subject must be a text')
  must(typeof session === 'function', 'session must be a function')
  must(/^https?:\/\/\w/.test(given.baseUrl as string), 'baseUrl must be an http address')
  mustBeOneOf('screen', given.screen, screenNames)
  must(
    tabs === undefined ||
      (Array.isArray(tabs) && tabs[0] && tabs.every((tab) => screenNames.includes(tab))),
    `screens must be an array of ${screenNames.join(' or ')}`,
  )
  mustBeOneOf('locale', given.locale, ['zh-CN', 'en'])
  mustBeOneOf('theme.scheme', scheme, ['auto', 'light', 'dark'])
}

function mustBeOneOf(name: string, value: unknown, choice: readonly unknown[]): void {
  must(value === undefined || choice.includes(value), `${name} must be ${choice.join(' or ')}`)
}

export function must(holds: unknown, what: string): void {
  if (!holds) throw new ECodeError('OPTIONS_INVALID', what)
}

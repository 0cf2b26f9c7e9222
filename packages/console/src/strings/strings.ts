import { en } from './en.ts'
import { type Strings, zhCn } from './zh-cn.ts'

export type { Strings }
export type Locale = 'zh-CN' | 'en'

const KEY = 'ecode-console-locale'

/** As chosen before; Chinese unless English is what the browser asks for first. */
export function readLocale(): Locale {
  const kept = localStorage.getItem(KEY)
  if (kept === 'en' || kept === 'zh-CN') return kept
  return /^en\b/i.test(navigator.language) ? 'en' : 'zh-CN'
}

export function keepLocale(locale: Locale): void {
  localStorage.setItem(KEY, locale)
}

export const stringsOf = (locale: Locale): Strings => (locale === 'en' ? en : zhCn)

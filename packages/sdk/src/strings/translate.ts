import type { AllStrings, StringKey } from './zh-cn.ts'

/** Writes the text of a key with its `{words}` filled in; empty while the text is on its way. */
export type Translate = (key: StringKey, words?: Record<string, string | number>) => string

/** Looks a key up in each dictionary in turn. */
export function makeTranslate(
  ...dictionaries: readonly (Partial<AllStrings> | undefined)[]
): Translate {
  return (key, words) => {
    const text = dictionaries.find((dictionary) => dictionary?.[key] !== undefined)?.[key] ?? ''
    return text.replace(/\{(\w+)\}/g, (_, word: string) => String(words?.[word] ?? ''))
  }
}

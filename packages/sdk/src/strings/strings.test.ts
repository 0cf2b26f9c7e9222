import { consentTexts } from '@campus-ecode/protocol/consents'
import { describe, expect, it } from 'vitest'
import { en as enFirst } from './en.ts'
import { enAccess } from './en-access.ts'
import { enHost } from './en-host.ts'
import { enWallet } from './en-wallet.ts'
import { enWays } from './en-ways.ts'
import { makeTranslate } from './translate.ts'
import { type AllStrings, type StringKey, zhCn } from './zh-cn.ts'
import { zhCnAccess } from './zh-cn-access.ts'
import { zhCnHost } from './zh-cn-host.ts'
import { zhCnMore } from './zh-cn-more.ts'
import { zhCnWallet } from './zh-cn-wallet.ts'
import { zhCnWays } from './zh-cn-ways.ts'

const zh: Record<string, string> = {
  ...zhCn,
  ...zhCnMore,
  ...zhCnAccess,
  ...zhCnWallet,
  ...zhCnWays,
  ...zhCnHost,
}
const en: AllStrings = { ...enFirst, ...enAccess, ...enWallet, ...enWays, ...enHost }
const words = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, word]) => word)

/** Where the languages write a date in other parts. */
const freeForm: StringKey[] = ['monthTitle', 'dayTitle', 'fullTime']

describe('the two languages', () => {
  it('have the same keys, and none twice', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    const keys = [zhCn, zhCnMore, zhCnAccess, zhCnWallet, zhCnWays, zhCnHost].flatMap((part) =>
      Object.keys(part),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('leave no text empty', () => {
    for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)]) {
      expect(text.trim(), key).not.toBe('')
    }
  })

  it('fill in the same words', () => {
    for (const key of Object.keys(en) as StringKey[]) {
      if (freeForm.includes(key)) continue
      expect(words(en[key]).sort(), key).toEqual(words(zh[key] ?? '').sort())
    }
  })

  it('have twelve months and seven days, Sunday first', () => {
    for (const strings of [zh, en]) {
      expect(strings['months']?.split(' ')).toHaveLength(12)
      expect(strings['weekdays']?.split(' ')).toHaveLength(7)
    }
    expect(zh['weekdays']).toMatch(/^周日/)
  })
})

describe('what a person agrees to (R42)', () => {
  it('is told in the words that the core records', () => {
    const { what } = consentTexts.face_check
    expect([zhCnWallet.faceConsentHelp, enWallet.faceConsentHelp]).toEqual([what['zh-CN'], what.en])
  })
})

describe('a text', () => {
  it('is the school’s own before ours', () => {
    const t = makeTranslate({ payTitle: '云谷付款码' }, zhCn)
    expect(t('payTitle')).toBe('云谷付款码')
    expect(t('refresh')).toBe('刷新')
  })

  it('is empty while its language is on its way', () => {
    expect(makeTranslate(undefined, {})('payTitle')).toBe('')
  })

  it('takes its words as they are, also with signs that mean something to a pattern', () => {
    expect(
      makeTranslate({ paidTo: '{merchant} {merchant}' })('paidTo', { merchant: '$& {x}' }),
    ).toBe('$& {x} $& {x}')
  })
})

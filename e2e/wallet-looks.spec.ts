import { afterEach, describe, expect, it } from 'vitest'
import type { Phone, PhoneOptions } from './phone.ts'
import { openPhone } from './wallet-stage.ts'

/** Every page that the wallet's home leads to, by what its way and its heading say. */
const PAGES = [
  ['充值', 'Top up'],
  ['提现', 'Withdraw'],
  ['消息', 'Messages'],
  ['银行卡', 'Bank cards'],
  ['账单', 'Bill'],
  ['付款限额', 'Limits'],
  ['免密支付', 'Without password'],
  ['支付密码', 'Payment password'],
  ['我的手机', 'My phones'],
  ['挂失校园卡', 'Lock campus card'],
  ['隐私与数据', 'Privacy and data'],
  ['帮助', 'Help'],
  ['注销钱包', 'Close the wallet'],
] as const
/** Names, and what the school itself wrote. */
const NOT_OURS = /云谷银行|行政楼 102 室，工作日/g

let phone: Phone
afterEach(() => phone.close())

describe('each page of the wallet fits the screen, in its language (ux.md)', () => {
  const variants: [string, Partial<PhoneOptions>][] = [
    ['320-dark-care-en', { width: 320, scheme: 'dark', care: true, locale: 'en' }],
    ['320-light-en', { width: 320, scheme: 'light', locale: 'en' }],
    ['430-light', { width: 430, scheme: 'light' }],
  ]
  it.each(variants)('%s', async (name, { width = 375, ...look }) => {
    phone = await openPhone('何雨桐', {
      ...look,
      screen: 'wallet',
      // All of most pages on one picture.
      context: { viewport: { width, height: 1280 }, reducedMotion: 'reduce' },
    })
    const english = look.locale === 'en'
    const heading = (text: string) => phone.root.getByRole('heading', { level: 1, name: text })
    await phone.root.locator('[part=purse]').waitFor()
    await expectToFit(`wallet-${name}`)
    for (const [zh, en] of PAGES) {
      const title = english ? en : zh
      const way = phone.root.locator('button').filter({ hasText: title }).first()
      await way.click()
      await heading(title).waitFor()
      await phone.root.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      await expectToFit(`${en.toLowerCase().replaceAll(' ', '-')}-${name}`)
      await phone.back()
    }

    async function expectToFit(picture: string) {
      await phone.shoot(`page-${picture}`)
      const wide = await phone.root.locator('[part=screen]').evaluate((screen) => {
        const all = [screen, ...screen.querySelectorAll('button, a, p, h1, h2, h3, li, dd, dt')]
        return all
          .filter(({ scrollWidth, clientWidth }) => clientWidth && scrollWidth > clientWidth + 1)
          .map(({ outerHTML }) => outerHTML.slice(0, 160))
      })
      expect(wide, `${picture}: what goes over its side`).toEqual([])
      if (!english) return
      const [text = ''] = await phone.root.locator('[part=column]').allInnerTexts()
      expect(text.replaceAll(NOT_OURS, ''), picture).not.toMatch(/\p{Script=Han}/u)
    }
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { takePeople } from './people.ts'
import type { Phone, PhoneOptions } from './phone.ts'
import { readers } from './read-codes.ts'
import { browser, openPhone } from './stage.ts'

takePeople(['陈思齐', '何雨桐'])

let phone: Phone
afterEach(() => phone.close())

describe('the drawn codes are read from a screenshot by both readers (R19)', () => {
  const variants: [string, Partial<PhoneOptions>][] = [320, 375, 430].flatMap((width) => [
    [`${width} light`, { width, scheme: 'light' }],
    [`${width} dark`, { width, scheme: 'dark' }],
    [`${width} dark care en`, { width, scheme: 'dark', care: true, locale: 'en' }],
  ])

  it.each(variants)('%s', async (name, options) => {
    phone = await openPhone('何雨桐', options)
    const digits = await phone.readCode()
    await phone.shoot(`pay-${name.replaceAll(' ', '-')}`)
    for (const reader of Object.keys(readers) as (keyof typeof readers)[]) {
      expect(await phone.scan(reader), reader).toEqual({ qr: [digits], barcode: [digits] })
    }
    const panel = await phone.root.locator('[part=panel]').boundingBox()
    expect((panel?.y ?? 0) + (panel?.height ?? 0), 'all of the ticket is in sight').toBeLessThan(
      812,
    )
  })

  it('on a screen of one device pixel per CSS pixel', async () => {
    phone = await openPhone('何雨桐', { context: { deviceScaleFactor: 1 } })
    const digits = await phone.readCode()
    expect(await phone.scan('zxing')).toEqual({ qr: [digits], barcode: [digits] })
    // zbar wants more than one pixel to the narrowest bar.
    expect(await phone.scan('zbar')).toMatchObject({ qr: [digits] })
  })
})

describe('a phone in the hand is not a screenshot, so both readers also read (R19)', () => {
  it.each([
    ['a dim screen', 'brightness(0.3)'],
    ['a screen out of focus', 'blur(1px)'],
    ['a screen at an angle', 'none; transform: perspective(900px) rotateY(18deg)'],
    ['glare', 'contrast(0.45) brightness(1.3)'],
    ['a dim screen in the dark scheme, out of focus', 'brightness(0.4) blur(1px)'],
  ])('%s', async (name, filter) => {
    phone = await openPhone('何雨桐', { scheme: name.includes('dark scheme') ? 'dark' : 'light' })
    const digits = await phone.readCode()
    const picture = await photograph(await phone.page.screenshot(), filter)
    for (const reader of ['zxing', 'zbar'] as const) {
      expect(await readers[reader](picture), reader).toEqual({ qr: [digits], barcode: [digits] })
    }
  })

  async function photograph(screenshot: Buffer, filter: string): Promise<Buffer> {
    const camera = await browser.newPage({ viewport: { width: 750, height: 1624 } })
    const source = `data:image/png;base64,${screenshot.toString('base64')}`
    await camera.setContent(
      `<body style="margin: 0"><img src="${source}" style="filter: ${filter}">`,
    )
    await camera.locator('img').evaluate((image: HTMLImageElement) => image.decode())
    const picture = await camera.screenshot()
    await camera.close()
    return picture
  }
})

describe('the card', () => {
  it('is claimed once the person agrees, and then shown (R2)', async () => {
    phone = await openPhone('陈思齐', { screen: 'card' })
    await phone.root.getByRole('heading', { name: '领取电子校园卡' }).waitFor()
    await expectAccessible(phone, 'card-unclaimed')
    const claim = phone.root.getByRole('button', { name: '领取', exact: true })
    expect(await claim.isDisabled()).toBe(true)
    await phone.root.getByRole('checkbox').check()
    await claim.click()
    await phone.root.getByRole('button', { name: '出示付款码' }).waitFor()
    await phone.page.reload()
    await phone.root.getByText('陈*齐').waitFor()
    await phone.root.getByText('¥100.00').first().waitFor()
    await expectAccessible(phone, 'card')
  })

  it('shows its number to whoever taps it, and hides it again', async () => {
    phone = await openPhone('何雨桐', { screen: 'card' })
    const number = phone.root.getByRole('button', { name: /学号/ })
    await number.waitFor()
    expect(await number.textContent()).not.toContain('2024020871')
    await number.click()
    await phone.root.getByText('2024020871').waitFor()
    await phone.shoot('card-number')
    await number.click()
    await expect.poll(() => number.textContent()).not.toContain('2024020871')
  })

  it('is whole in English, in large type, at night', async () => {
    phone = await openPhone('何雨桐', { screen: 'card', locale: 'en', care: true, scheme: 'dark' })
    await phone.root.getByText('Yungu University').first().waitFor()
    await phone.root
      .getByText(/^¥\d+\.\d\d/)
      .first()
      .waitFor()
    await phone.shoot('card-en-care-dark')
    const [text = ''] = await phone.root.locator('[part=column]').allInnerTexts()
    // Names, and what the school itself wrote.
    const ours = text.replaceAll(/何\*桐|^云$|[云青][谷江]校区|^Card office .*/gm, '')
    expect(ours).toContain('Left to spend today')
    expect(ours).not.toMatch(/\p{Script=Han}/u)
  })
})

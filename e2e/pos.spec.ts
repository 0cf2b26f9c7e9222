import type { Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectPageAccessible } from './accessible.ts'
import { findPerson, takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { browser, demo, openPhone, system } from './stage.ts'

takePeople(['叶安宁'])

describe('the web POS', () => {
  let phone: Phone
  let pos: Page
  beforeAll(async () => {
    phone = await openPhone('叶安宁')
    const context = await browser.newContext({ viewport: { width: 820, height: 1000 } })
    pos = await context.newPage()
    await pos.goto(system.posUrl)
  })
  beforeEach(() => phone.openCode())
  afterAll(async () => {
    await phone.close()
    await pos.context().close()
  })

  async function keyIn(keys: string[]) {
    const next = pos.getByRole('button', { name: /下一单|重新扫码/ })
    if (await next.isVisible()) await next.click()
    await pos.getByRole('button', { name: /清除/ }).click()
    for (const key of keys) await pos.locator(`[data-key="${key}"]`).click()
  }

  it('charges what it reads in a picture of the phone', async () => {
    await keyIn(['3', '.', '5', '0'])
    expect(await pos.locator('#amount').textContent()).toContain('3.50')
    await phone.waitForCode()
    const buffer = await phone.page.screenshot()
    await pos
      .locator('#picture')
      .setInputFiles({ name: 'phone.png', mimeType: 'image/png', buffer })
    const result = pos.locator('#result')
    await result.getByText('叶*宁').waitFor()
    expect(await result.textContent()).toContain('¥3.50')
    expect(await phone.readResult('paid')).toMatch(/¥ ?3\.50/)
    await expectPageAccessible(pos, 'pos-paid')
  })

  it('hears a scanner that types, and says why a code is refused', async () => {
    const code = await phone.readCode('barcode', 'zbar')
    await keyIn(['2'])
    await pos.locator('body').press(code.slice(0, 1))
    await pos.keyboard.type(code.slice(1))
    await pos.keyboard.press('Enter')
    await pos
      .locator('#result')
      .getByText(/¥ ?2\.00/)
      .first()
      .waitFor()
    expect(await phone.readResult('paid')).toMatch(/¥ ?2\.00/)
    await keyIn(['2'])
    await pos.keyboard.type(code)
    await pos.keyboard.press('Enter')
    await pos.locator('#result').getByText('付款码已使用过').first().waitFor()
    await expectPageAccessible(pos, 'pos-refused')
  })

  it('reverses what it took', async () => {
    await keyIn(['4'])
    await pos.keyboard.type(await phone.readCode())
    await pos.keyboard.press('Enter')
    await pos
      .locator('#result')
      .getByText(/¥ ?4\.00/)
      .first()
      .waitFor()
    await pos.getByRole('button', { name: '撤销 Reverse' }).click()
    await pos.getByRole('button', { name: /再按一次撤销/ }).click()
    await pos
      .locator('#result')
      .getByText(/已撤销/)
      .first()
      .waitFor()
  })
})

describe('the demo page', () => {
  it('pays from the phone beside the till', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    const { id } = findPerson(demo, '叶安宁')
    await page.goto(`${system.demoUrl}/?person=${id}&screen=pay`)
    const [phone, pos] = [page.frameLocator('#phone'), page.frameLocator('#pos')]
    await phone.locator('[part=code] canvas').first().waitFor()
    await pos.locator('[data-key="1"]').click()
    await page.locator('#scan').click()
    await phone.locator('[part=outcome].paid').waitFor()
    expect(await phone.locator('[part=outcome]').textContent()).toMatch(/¥ ?1\.00/)
    await pos
      .locator('#result')
      .getByText(/¥ ?1\.00/)
      .first()
      .waitFor()
    await expectPageAccessible(page, 'demo')
    await context.close()
  })
})

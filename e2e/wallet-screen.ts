import type { Locator } from 'playwright'
import { Keypad } from './keypad.ts'
import type { Phone } from './phone.ts'
import type { Sandbox } from './sandbox.ts'

/** What a bank compares, as it stands in docs/demo.md. */
export interface CardDetails {
  name: string
  idNumber: string
  cardNo: string
  phone: string
}

/** The wallet in a widget that shows nothing else. */
export class WalletScreen {
  readonly #phone: Phone

  constructor(phone: Phone) {
    this.#phone = phone
  }

  get keypad(): Keypad {
    return Keypad.inSheet(this.#phone.root)
  }

  get purse(): Locator {
    return this.#phone.root.locator('[part=purse]')
  }

  button(name: string | RegExp): Locator {
    return this.#phone.root.getByRole('button', { name }).first()
  }

  heading(name: string | RegExp): Locator {
    return this.#phone.root.getByRole('heading', { name }).first()
  }

  /** A line of the wallet's home that leads to a page of its own. */
  row(name: string): Locator {
    return this.#phone.root.locator('li').getByText(name).first()
  }

  async fillCard({ name, idNumber, cardNo, phone }: CardDetails): Promise<void> {
    const fields = { 姓名: name, 证件号码: idNumber, 银行卡号: cardNo, 银行预留手机号: phone }
    for (const [label, value] of Object.entries(fields)) {
      await this.#phone.root.getByLabel(label, { exact: true }).fill(value)
    }
    for (const box of await this.#phone.root.locator('.consent input').all()) {
      await box.setChecked(true)
    }
    await this.button('下一步').click()
  }

  async confirmCard(sandbox: Sandbox): Promise<void> {
    await this.typeSmsCode(sandbox)
    await this.heading('银行卡已绑好').waitFor()
  }

  /** From the page of the payment password: an SMS, then the keypad page. */
  async startPassword(sandbox: Sandbox): Promise<void> {
    await this.button('发短信验证码').click()
    await this.typeSmsCode(sandbox)
    await this.button('去设置 6 位密码').click()
  }

  /** Not before it was sent: an older one may lie in the inbox. */
  async typeSmsCode(sandbox: Sandbox): Promise<void> {
    const sent = this.#phone.root.locator('.sms .enrol-why')
    const [tail = ''] = /\d{4}/.exec((await sent.textContent()) ?? '') ?? []
    await this.#phone.root.locator('[part=field]').fill(await sandbox.readSms(tail))
  }

  /** After the first card was bound. */
  async setPassword(phrase: string, password: string): Promise<void> {
    await this.button('设置支付密码').click()
    await this.choosePassword(phrase, password)
    await this.button('回到钱包').click()
  }

  /** On the keypad page, once it is open. */
  async choosePassword(phrase: string, password: string): Promise<void> {
    await this.keypad.choosePhrase(phrase)
    await this.keypad.type(password)
    await this.keypad.type(password)
    await this.heading('支付密码已设好').waitFor()
  }

  /** One screen alone has no tabs, only a way back. */
  async goHome(home = this.purse): Promise<void> {
    const back = this.button('返回')
    for (;;) {
      await home.or(back).first().waitFor()
      if (await home.isVisible()) return
      await back.click()
    }
  }

  async readBalance(): Promise<string> {
    await this.purse.waitFor()
    return (await this.purse.allInnerTexts()).join('').replaceAll(/\s+/g, '')
  }
}

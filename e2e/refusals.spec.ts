import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { demo, openPhone, system } from './stage.ts'
import { ROOT } from './system.ts'
import { Till } from './till.ts'

takePeople(['陆星辰', '许清禾'])

// Wrong codes can pause a till, so not at the one where others pay. No price rule for this class.
const till = new Till(system.dataDir, demo.terminals[1]?.id)

describe('a refusal reaches till and phone (R22):', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('陆星辰')
  })
  beforeEach(() => phone.openCode())
  afterAll(() => phone.close())

  it('used', async () => {
    const code = await phone.readCode()
    expect(await till.pay(code, '2.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    expect(await till.pay(code, '2.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'CODE_USED', message: { 'zh-CN': '付款码已使用过，请出示新的付款码' } },
    })
  })

  it('used, while the phone shows the next', async () => {
    const code = await phone.readCode()
    expect(await till.pay(code, '2.00')).toMatchObject({ exitCode: 0 })
    await phone.openCode()
    expect(await till.pay(code, '2.00')).toMatchObject({ exitCode: 1, line: { code: 'CODE_USED' } })
    const result = await phone.readResult('refused')
    expect(result).toContain('这个码已经用过了')
    expect(result).toContain('这次没有扣钱')
    expect(result).toContain('CODE_USED')
    await expectAccessible(phone, 'refused-used')
  })

  it('expired', async () => {
    const code = await phone.readCode()
    await phone.refresh()
    await phone.readCode('qr', 'zxing', code)
    expect(await till.pay(code, '2.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'CODE_EXPIRED' },
    })
    expect(await phone.readResult('refused')).toContain('这个码过期了')
  })

  it('not recognised: nobody is told whose code it was not', async () => {
    const code = await phone.readCode()
    const guess = code.slice(0, 7) + String(randomInt(10 ** 8)).padStart(17, '0')
    expect(await till.pay(guess, '2.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'CODE_NOT_RECOGNISED' },
    })
    expect(await till.pay(code, '2.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
  })

  it('over the single limit', async () => {
    expect(await till.pay(await phone.readCode(), '222.23')).toMatchObject({
      exitCode: 1,
      line: { code: 'OVER_SINGLE_LIMIT' },
    })
    const result = await phone.readResult('refused')
    expect(result).toContain('超过单笔限额')
    expect(result).toContain('单笔最多付 ¥200.00')
    await expectAccessible(phone, 'refused-single-limit')
  })

  it('password needed, when the digits were shown', async () => {
    const hidden = await phone.readCode()
    await phone.tapDigits()
    const shown = await phone.readCode('qr', 'zxing', hidden)
    const [panel = ''] = await phone.root.locator('[part=code]').allInnerTexts()
    expect(panel.replaceAll(/\D/g, '')).toContain(shown)
    await phone.shoot('digits-shown')
    expect(await till.pay(shown, '2.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'PASSWORD_REQUIRED' },
    })
    expect(await phone.readResult('refused')).toContain('这笔要支付密码')
    await phone.root.getByRole('button', { name: '隐藏数字，换新码' }).click()
    const next = await phone.readCode('qr', 'zxing', shown)
    expect(await till.pay(next, '2.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
  })

  it("over the day's limit", async () => {
    for (let spent = 0; spent < 4; spent++) {
      await phone.openCode()
      const { exitCode } = await till.pay(await phone.readCode(), '222.22')
      expect(exitCode).toBe(0)
      await phone.readResult('paid')
    }
    await phone.openCode()
    expect(await till.pay(await phone.readCode(), '222.22')).toMatchObject({
      exitCode: 1,
      line: { code: 'OVER_DAILY_LIMIT' },
    })
    const result = await phone.readResult('refused')
    expect(result).toContain('今天的额度用完了')
    expect(result).toContain('一天最多付 ¥1000.00')
  })
})

describe('not enough money, and no card to take it from (R13):', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('许清禾')
  })
  afterAll(() => phone.close())

  it('says so and moves nothing', async () => {
    expect(await till.pay(await phone.readCode(), '2.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'INSUFFICIENT_FUNDS' },
    })
    const result = await phone.readResult('refused')
    expect(result).toContain('余额不够')
    await expectAccessible(phone, 'refused-insufficient')
    await phone.openBill()
    await phone.root.getByText('这个月还没有账单').waitFor()
    await expectAccessible(phone, 'bill-empty')
  })
})

describe('a code that is not ours', () => {
  it('is refused by the documented command as well', async () => {
    const args = ['--code', '281234567890123456', '--amount', '2.00', '--order', till.newOrderNo()]
    const { exitCode, stdout } = await runNpm(['run', '--silent', 'terminal', '--', 'pay', ...args])
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ code: 'CODE_FOREIGN_NOT_ACCEPTED' })
  })

  it.each([
    ['an identity code (R5)', `7210011${'1'.repeat(17)}`, 'CODE_IDENTITY_ONLY', /身份码/],
    // The demo takes WeChat's codes (R27), and WeChat does not know this one.
    ['WeChat', '134567890123456789', 'CODE_NOT_RECOGNISED', /无法识别/],
    [
      'Alipay',
      '281234567890123456',
      'CODE_FOREIGN_NOT_ACCEPTED',
      /不收这种付款码，请出示校园付款码或微信付款码/,
    ],
    ['UnionPay', '6212345678901234567', 'CODE_FOREIGN_NOT_ACCEPTED', /校园付款码或微信付款码/],
    ['an access code', `ECA1:${'A'.repeat(272)}`, 'CODE_ACCESS_ONLY', /通行码/],
    ['another school', `7199997${'1'.repeat(17)}`, 'CODE_OTHER_SCHOOL', /其他学校/],
    ['23 digits', `7110017${'1'.repeat(16)}`, 'CODE_NOT_RECOGNISED', /无法识别/],
    ['25 digits', `7110017${'1'.repeat(18)}`, 'CODE_NOT_RECOGNISED', /无法识别/],
    ['full-width digits', `711001７${'1'.repeat(17)}`, 'CODE_NOT_RECOGNISED', /无法识别/],
    ['a reserved mode', `7110015${'1'.repeat(17)}`, 'CODE_NOT_RECOGNISED', /无法识别/],
    ['a web address', 'https://evil.example/', 'CODE_NOT_RECOGNISED', /无法识别/],
  ])('is told apart by its form (R28): %s', async (_, code, refusal, sentence) => {
    const { exitCode, line } = await till.pay(code, '2.00')
    expect({ exitCode, code: line.code }).toEqual({ exitCode: 1, code: refusal })
    expect(line.message?.['zh-CN']).toMatch(sentence)
    expect(JSON.stringify(line)).not.toContain(code)
  })
})

function runNpm(args: string[]): Promise<{ exitCode: number | null; stdout: string }> {
  return new Promise((done) => {
    const child = execFile(
      'npm',
      args,
      {
        cwd: ROOT,
        env: { ...process.env, DATA_DIR: system.dataDir },
        shell: process.platform === 'win32',
      },
      (_, stdout) => done({ exitCode: child.exitCode, stdout }),
    )
  })
}

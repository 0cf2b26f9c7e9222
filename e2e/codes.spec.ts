import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { openPhone, sandbox, till } from './stage.ts'

takePeople(['林知夏', '沈砚秋'])

describe('a code issued by the core', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('林知夏')
  })
  afterAll(() => phone.close())

  it('is read from the screen by both readers, as QR and as bars (R19)', async () => {
    const digits = await phone.readCode('qr', 'zxing')
    expect(digits).toMatch(/^7110017\d{17}$/)
    for (const reader of ['zxing', 'zbar'] as const) {
      expect(await phone.scan(reader), reader).toEqual({ qr: [digits], barcode: [digits] })
    }
    await expectAccessible(phone, 'pay')
  })

  it('pays; the phone turns to the result and the bill has its row (R4, R17, R22)', async () => {
    const { exitCode, line } = await till.pay(await phone.readCode(), '12.00')
    expect({ exitCode, ...line }).toMatchObject({
      exitCode: 0,
      status: 'PAID',
      listFen: 1200,
      amountFen: 1080,
      channel: 'wallet',
      rule: { changeFen: -120 },
      payer: { class: 'student', maskedName: '林*夏' },
    })
    const result = await phone.readResult('paid')
    expect(result).toContain('已支付')
    expect(result).toMatch(/¥ ?10\.80/)
    expect(result).toContain('付给 第一食堂')
    expect(result).toContain('原价 ¥12.00 学生优惠 −¥1.20 实付 ¥10.80')
    expect(result).toContain('付款方式 电子钱包余额')
    await expectAccessible(phone, 'paid')
    await phone.openBill()
    await phone.expectInBill(/第一食堂.*电子钱包.*−¥10\.80/)
    await expectAccessible(phone, 'bill')
    await phone.back()
  })

  it('dies when the person asks for another', async () => {
    const asking = await openPhone('林知夏')
    const old = await asking.readCode()
    await asking.refresh()
    const next = await asking.readCode('qr', 'zxing', old)
    const refused = await till.pay(old, '1.00')
    expect(refused).toMatchObject({ exitCode: 1, line: { code: 'CODE_EXPIRED' } })
    expect(next).not.toBe(old)
    await asking.close()
  })
})

describe('a code made by the phone', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('沈砚秋')
    await phone.waitForCode()
    await phone.enrol(sandbox)
  })
  afterAll(() => phone.close())

  it('names the account in its seventh digit and is read by both readers (R7, R19)', async () => {
    const digits = await phone.readCode('qr', 'zbar')
    expect(digits).toMatch(/^7110012\d{17}$/)
    for (const reader of ['zxing', 'zbar'] as const) {
      expect(await phone.scan(reader), reader).toEqual({ qr: [digits], barcode: [digits] })
    }
  })

  it('pays by its QR, and a repeat of the order changes nothing (R33)', async () => {
    const code = await phone.readCode('qr')
    const orderNo = till.newOrderNo()
    const first = await till.pay(code, '8.50', orderNo)
    expect(first).toMatchObject({
      exitCode: 0,
      line: { status: 'PAID', amountFen: 850, rule: null, payer: { class: 'teacher' } },
    })
    expect(await phone.readResult('paid')).toMatch(/¥ ?8\.50/)
    expect(await till.pay(code, '8.50', orderNo)).toEqual(first)
    expect(await till.query(orderNo)).toEqual(first)
    const seen = phone.page.waitForEvent('requestfinished', (request) =>
      request.url().endsWith('/v1/me/accounts'),
    )
    const again = await till.pay(code, '8.50')
    expect(again).toMatchObject({ exitCode: 1, line: { code: 'CODE_USED' } })
    // A second scan that took nothing must not make the first look unpaid.
    await seen
    expect(await phone.readResult('paid')).toMatch(/¥ ?8\.50/)
  })

  it('is another at once after use, and pays by its bars', async () => {
    await phone.openCode()
    const code = await phone.readCode('barcode', 'zbar')
    const { exitCode, line } = await till.pay(code, '3.00')
    expect({ exitCode, ...line }).toMatchObject({ exitCode: 0, status: 'PAID', amountFen: 300 })
    expect(await phone.readResult('paid')).toMatch(/¥ ?3\.00/)
    await phone.openCode()
    expect(await phone.readCode()).not.toBe(code)
  })

  it('is of the account that the person switches to (R7)', async () => {
    await phone.openCode()
    await phone.chooseAccount('one_card')
    expect(await phone.readCodeLike(/^7110011\d{17}$/)).toBeTruthy()
    await phone.chooseAccount('wallet')
    expect(await phone.readCodeLike(/^7110012\d{17}$/)).toBeTruthy()
  })
})

describe('money that goes back', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone('沈砚秋')
  })
  afterAll(() => phone.close())

  it('a reversal undoes a payment, and again changes nothing', async () => {
    const orderNo = till.newOrderNo()
    expect((await till.pay(await phone.readCode(), '5.00', orderNo)).exitCode).toBe(0)
    await phone.readResult('paid')
    const reversed = await till.reverse(orderNo)
    expect(reversed.line).toMatchObject({ status: 'REVERSED' })
    expect(await till.reverse(orderNo)).toEqual(reversed)
    await phone.openBill()
    await phone.expectInBill(/¥5\.00.*已撤销/)
    await phone.back()
  })

  it('a reversal that comes before its order keeps the order from paying', async () => {
    await phone.openCode()
    const orderNo = till.newOrderNo()
    expect((await till.reverse(orderNo)).line).toMatchObject({ status: 'REVERSED', listFen: null })
    const late = await till.pay(await phone.readCode(), '5.00', orderNo)
    expect(late).toMatchObject({ exitCode: 1, line: { code: 'ORDER_REVERSED' } })
  })

  it('a refund is in the bill (R17)', async () => {
    await phone.openCode()
    const orderNo = till.newOrderNo()
    expect((await till.pay(await phone.readCode(), '6.00', orderNo)).exitCode).toBe(0)
    const refundNo = till.newOrderNo()
    const refund = await till.refund(orderNo, '2.50', refundNo)
    expect(refund.line).toMatchObject({ status: 'REFUNDED', amountFen: 250 })
    expect(await till.refund(orderNo, '2.50', refundNo)).toEqual(refund)
    const tooMuch = await till.refund(orderNo, '3.51')
    expect(tooMuch).toMatchObject({ exitCode: 1, line: { code: 'REFUND_EXCEEDS_PAYMENT' } })
    await phone.readResult('paid')
    await phone.openBill()
    await phone.expectInBill(/退款.*\+¥2\.50/)
  })
})

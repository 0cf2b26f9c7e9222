import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Collection } from '@campus-ecode/protocol/collections'
import type { Problem } from '@campus-ecode/protocol/problem'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectPageAccessible } from './accessible.ts'
import { CoreClient } from './core-client.ts'
import { Office } from './office.ts'
import { takePeople } from './people.ts'
import { PersonClient } from './person-client.ts'
import { readers } from './read-codes.ts'
import { browser } from './stage.ts'
import { Till } from './till.ts'
import { demo, sandbox, system } from './wallet-stage.ts'

const NAME = '罗一鸣'
takePeople([NAME], system)

const PASSWORD = '628419'
const MERCHANT = '云边咖啡'
const TERMINAL = '收银台'
const terminal = demo.terminals.find(({ name }) => name === TERMINAL)
if (!terminal) throw new Error(`the demo has no ${TERMINAL}`)
const office = new Office(system)
const core = new CoreClient(system.coreUrl, terminal)

// The till has no power: staff hold up paper, and look at their own phone.
describe('a merchant’s printed code (R24, R25)', () => {
  let person: PersonClient
  let link: string
  let number: string
  beforeAll(async () => {
    person = await PersonClient.open(NAME, { system, demo, browser })
    await person.setPaymentPassword(PASSWORD, sandbox)
  })

  const resolve = (ref: object) =>
    person.ask<Collection & Partial<Problem>>('POST', '/collections/resolve', ref)
  const begin = (amountFen: number) =>
    person.ask<BillEntry & { code?: string }>('POST', '/collections/payments', {
      ...{ paymentNo: randomUUID(), amountFen, account: 'wallet', collection: { link } },
    })

  it('is printed, and read by zbar and ZXing alike', async () => {
    const files = await office.printCollectionCode(MERCHANT, TERMINAL)
    const png = files.find((file) => file.endsWith('.png')) ?? ''
    number = /(\d{10})\.png$/.exec(png)?.[1] ?? ''
    const picture = readFileSync(png)
    const [byZbar, byZxing] = [await readers.zbar(picture), await readers.zxing(picture)]
    expect(byZbar.qr).toEqual(byZxing.qr)
    link = byZbar.qr[0] ?? ''
    expect(link).toBe(terminal.collectionUrl)
    const sheet = readFileSync(png.replace('.png', '.html'), 'utf8')
    for (const text of [MERCHANT, TERMINAL, number.replace(/^(\d{5})/, '$1 '), '<svg']) {
      expect(sheet).toContain(text)
    }
  })

  it('lands in any other app on a page that says which app to use', async () => {
    const stranger = await browser.newPage({ viewport: { width: 390, height: 780 } })
    await stranger.goto(link)
    await expectPageAccessible(stranger, 'collection-page')
    await stranger.close()
    const page = await (await fetch(link)).text()
    expect(page).toContain('云谷大学')
    expect(page).toContain(number.replace(/^(\d{5})/, '$1 '))
    const forged = await fetch(link.replace('k=1&', 'k=2&'))
    expect(forged.status).toBe(404)
    expect(await forged.text()).not.toContain('云谷大学')
  })

  it('tells the payer whom it pays, scanned or typed', async () => {
    for (const ref of [{ link }, { number }]) {
      const { status, body } = await resolve(ref)
      expect(status).toBe(200)
      expect(body).toMatchObject({ merchantName: MERCHANT, terminalName: TERMINAL })
    }
    const evil = await resolve({ link: link.replace('127.0.0.1', 'localhost') })
    expect(evil.body.code).toBe('COLLECTION_UNKNOWN')
  })

  it('pays with the password; staff see it on their phone, the till when it is back', async () => {
    const staff = await browser.newPage({ locale: 'zh-CN' })
    let asking = 0
    let askingMost = 0
    const count = (by: number) => (request: { url(): string }) => {
      if (!request.url().endsWith('/incoming/payments')) return
      asking += by
      askingMost = Math.max(askingMost, asking)
    }
    staff.on('request', count(1))
    staff.on('requestfinished', count(-1))
    staff.on('requestfailed', count(-1))
    await staff.goto(await office.openIncomingPage(MERCHANT))
    await staff.getByText(MERCHANT).waitFor()
    // The network of the staff's phone goes and comes back meanwhile; nobody touches the page.
    await staff.context().setOffline(true)
    await staff.getByText('连不上网络，下面可能不是最新的').waitFor()

    const { status, body: entry } = await begin(1_000)
    expect([status, entry.status]).toEqual([202, 'AWAITING_PASSWORD'])
    const { paymentId } = entry
    const approvalId = await person.approve({ kind: 'pay', paymentId }, PASSWORD)
    const path = `/payments/${paymentId}/confirm`
    const { body: paid } = await person.ask<BillEntry>('POST', path, { approvalId })
    // Of somebody from outside the school a little more (R4).
    expect(paid).toMatchObject({ status: 'PAID', means: 'collection', amountFen: 1_150 })

    await staff.context().setOffline(false)
    const line = staff.locator('#list li').first()
    await line.getByText(paymentId.slice(-6)).waitFor()
    expect(await line.textContent()).toContain('¥11.50')
    expect(await line.textContent()).toContain('罗*鸣')
    await expectPageAccessible(staff, 'incoming-page')
    expect(await staff.locator('#state').textContent()).toBe('')
    await staff.reload()
    await line.getByText(paymentId.slice(-6)).waitFor()
    expect(askingMost).toBe(1)

    const incoming = await core.call('GET', '/v1/incoming')
    const { payments } = (await incoming.json()) as { payments: BillEntry[] }
    expect(payments.map((payment) => payment.paymentId)).toContain(paymentId)
    const till = new Till(system.dataDir, terminal.id)
    const returned = await till.refund(paid.orderNo ?? '', '11.50')
    expect(returned.line.status).toBe('REFUNDED')
    // No goods for what was given back.
    await line.getByText(paymentId.slice(-6)).waitFor({ state: 'detached' })
    await staff.close()
  })

  it('is told apart at a till that scans it', async () => {
    const body = { orderNo: randomUUID(), amountFen: 1, code: link }
    const { code } = (await (await core.call('POST', '/v1/payments', body)).json()) as Problem
    expect(code).toBe('CODE_COLLECTION_ONLY')
  })

  it('pays no more once it was replaced, nor does what waits for its password', async () => {
    const { paymentId } = (await begin(100)).body
    const approvalId = await person.approve({ kind: 'pay', paymentId }, PASSWORD)
    const files = await office.printCollectionCode(MERCHANT, TERMINAL, ['--replace'])
    expect(files).toHaveLength(3)
    expect(files.some((file) => file.includes(number))).toBe(false)
    expect((await begin(100)).body.code).toBe('COLLECTION_UNKNOWN')
    expect((await fetch(link)).status).toBe(404)
    const confirmed = await person.ask<BillEntry>('POST', `/payments/${paymentId}/confirm`, {
      approvalId,
    })
    expect(confirmed.body).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'COLLECTION_UNKNOWN' },
    })
  })
})

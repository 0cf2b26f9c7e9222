import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, expectPageAccessible } from './accessible.ts'
import { FacePage } from './face-page.ts'
import { passAMinute } from './pass-time.ts'
import { findPerson } from './people.ts'
import type { Phone } from './phone.ts'
import { setStage } from './stage.ts'
import { System } from './system.ts'
import { type CardDetails, WalletScreen } from './wallet-screen.ts'

/** As the sandbox bank knows them (docs/demo.md). */
const GU: CardDetails = {
  name: '顾明远',
  idNumber: '990101200609074171',
  cardNo: '9990021980532716',
  phone: '12000040755',
}
const CHEN: CardDetails = {
  name: '陈思齐',
  idNumber: '990101200705217195',
  cardNo: '9990012378435190',
  phone: '12000070006',
}

// A school that has wallets opened only after a face check: a system of its own.
describe('a wallet that takes a face check, in the widget (R2, R9, R42)', () => {
  let system: System
  let stage: ReturnType<typeof setStage>
  let phone: Phone
  let wallet: WalletScreen
  beforeAll(async () => {
    system = await System.create({ FACE_AT_BINDING: '1' })
    await system.start()
    stage = setStage(system.urls)
    phone = await stage.openPhone(GU.name, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await phone.shoot(`failed-${task.name.slice(0, 12)}`)
  })
  afterAll(async () => {
    await phone?.close()
    await system.stop()
    system.remove()
  })

  const face = () => new FacePage(phone.page)
  const goToFace = () => phone.root.getByRole('link', { name: '去刷脸' }).click()

  /** Up to the face: the card agrees, and the code was right. */
  async function bindUntilFace(details: CardDetails) {
    await wallet.fillCard(details)
    await phone.root.getByText('还要刷一下脸').waitFor()
    await wallet.typeSmsCode(stage.sandbox)
    await wallet.heading('还差一步：刷脸').waitFor()
  }

  async function passTime(name: string) {
    await passAMinute(system.urls.dataDir, findPerson(stage.demo, name).id)
  }

  it('asks for a consent of its own before anything is sent', async () => {
    await wallet.button('绑卡开通').click()
    await phone.root.getByText('学校要求开通时刷脸').waitFor()
    await expectAccessible(phone, 'bind-face-form')
    await wallet.button('下一步').click()
    await phone.root.getByText('请先勾选同意刷脸核验').first().waitFor()
  })

  it('says so when the face is not recognised, and binds nothing', async () => {
    await bindUntilFace(GU)
    await expectAccessible(phone, 'bind-face')
    await goToFace()
    await face().heading.getByText('请正对镜头').waitFor()
    await expectPageAccessible(phone.page, 'face-page')
    await face().choose('fail')
    await wallet.heading('刷脸没有通过').waitFor()
    await expectAccessible(phone, 'bind-face-failed')
    await wallet.goHome(wallet.button('绑卡开通'))
  })

  it('says so when the time is up, and begins anew', async () => {
    await passTime(GU.name)
    await wallet.button('绑卡开通').click()
    await bindUntilFace(GU)
    await goToFace()
    await face().choose('leave')
    await wallet.heading('刷脸没有按时做完').waitFor()
    await wallet.button('重新绑卡').click()
    await phone.root.getByLabel('姓名', { exact: true }).waitFor()
  })

  it('says so when the provider is away', async () => {
    await passTime(GU.name)
    await stage.sandbox.setFault('real-name', 'down')
    await wallet.fillCard(GU)
    await phone.root.getByText('暂时连不上刷脸核验').first().waitFor()
    await phone.shoot('bind-face-unreachable')
    await stage.sandbox.setFault('real-name', 'none')
  })

  it('waits while the person is away, also after a reload, and is opened though nothing was told', async () => {
    await passTime(GU.name)
    await stage.sandbox.setFault('real-name', 'callback_lost')
    await bindUntilFace(GU)
    await goToFace()
    await face().heading.waitFor()
    await phone.page.goBack()
    await wallet.heading('正在等刷脸结果').waitFor()
    await phone.page.reload()
    await wallet.heading('正在等刷脸结果').waitFor()
    await phone.root.getByRole('link', { name: '再打开刷脸页' }).click()
    await face().choose('pass')
    await wallet.heading('银行卡已绑好').waitFor()
    await stage.sandbox.setFault('real-name', 'none')
    await wallet.setPassword('操场边的风', '802517')
    expect(await wallet.readBalance()).toContain('¥0.00')
  })

  it('is opened for somebody who does not come back, and told twice', async () => {
    await phone.close()
    phone = await stage.openPhone(CHEN.name, { screen: 'card' })
    await phone.root.getByRole('checkbox').check()
    await phone.root.getByRole('button', { name: '领取', exact: true }).click()
    await phone.root.getByRole('button', { name: '出示付款码' }).waitFor()
    await phone.close()
    await stage.sandbox.setFault('real-name', 'callback_twice')
    phone = await stage.openPhone(CHEN.name, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
    await wallet.button('绑卡开通').click()
    await bindUntilFace(CHEN)
    const link = phone.root.getByRole('link', { name: '去刷脸' })
    const pageUrl = (await link.getAttribute('href')) ?? ''
    await phone.close()
    const body = new URLSearchParams({ act: 'pass' })
    const answer = await fetch(pageUrl, { method: 'POST', body, redirect: 'manual' })
    expect(answer.headers.get('location')).toContain('/phone?')
    phone = await stage.openPhone(CHEN.name, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
    expect(await wallet.readBalance()).toContain('¥0.00')
    await wallet.row('银行卡').click()
    await phone.root.getByText('5190').first().waitFor()
    expect(await phone.root.locator('.bank').count()).toBe(1)
  })

  it('shows the consent, which can be taken back (R42)', async () => {
    await wallet.goHome()
    await wallet.row('隐私与数据').click()
    const consent = phone.root.getByRole('region', { name: '刷脸核验' })
    await consent.getByText('已同意').waitFor()
    await consent.getByRole('button', { name: '撤回同意' }).click()
    await consent.getByRole('button', { name: '确认撤回' }).click()
    await consent.getByText('未同意').waitFor()
    await wallet.goHome()
    expect(await wallet.readBalance()).toContain('¥0.00')
  })
})

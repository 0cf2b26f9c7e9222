// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCell } from '../../cell.ts'
import { card, makeModel, NOON, paid, problem, refused } from '../../gallery/fixtures.ts'
import {
  awaitingFace,
  ccb,
  type GivenWallet,
  makeWalletModel,
  notices,
  noWallet,
  openWallet,
  transfer,
  waiting,
} from '../../gallery/wallet-fixtures.ts'
import type { KeypadState, WalletModel } from '../../wallet-model.ts'
import { mountApp } from '../testing.tsx'

type App = Awaited<ReturnType<typeof mountApp>>
let app: App | undefined

beforeEach(() => {
  vi.stubGlobal('devicePixelRatio', 2)
  const { happyDOM } = window as unknown as { happyDOM: { settings: Record<string, boolean> } }
  happyDOM.settings['enableIframePageLoading'] = true
  happyDOM.settings['disableIframePageLoading'] = false
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const screens = ['card', 'pay', 'wallet'] as const
const value = <T,>(given: T) => ({ value: given, at: NOON, loading: false })

async function open(given: GivenWallet = {}, changes: Partial<WalletModel> = {}) {
  const wallet: WalletModel = { ...makeWalletModel(given), ...changes }
  const model = { ...makeModel({}), wallet: createCell<WalletModel | undefined>(wallet) }
  app = await mountApp({ model, options: { screen: 'wallet', screens } })
  return { ...app, wallet }
}

async function type(opened: App, selector: string, text: string) {
  await opened.change(() => {
    const field = opened.find(selector) as HTMLInputElement
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })
}

describe('the wallet', () => {
  it('is fetched when it is first needed, and not with the code', async () => {
    const { walletScreens } = await import('./wallet-screens.ts')
    const fetch = vi.fn(async () => walletScreens)
    const opened = await mountApp({
      options: { screens: ['pay', 'wallet'] },
      parts: { wallet: fetch },
    })
    app = opened
    expect(fetch).not.toHaveBeenCalled()
    await opened.press(/^钱包$/)
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(opened.text()).toContain('¥128.40')
  })

  it('can be asked for again when it did not come', async () => {
    const { walletScreens } = await import('./wallet-screens.ts')
    const fetch = vi.fn().mockRejectedValueOnce(new Error('off')).mockResolvedValue(walletScreens)
    const opened = await mountApp({
      options: { screen: 'wallet' },
      parts: { wallet: fetch },
    })
    app = opened
    expect(opened.text()).toContain('网络不通')
    await opened.press('再试一次')
    expect(opened.text()).toContain('¥128.40')
  })

  it('speaks English with its own words', async () => {
    const opened = await mountApp({ options: { screen: 'wallet', locale: 'en' } })
    app = opened
    expect(opened.text()).toContain('Payment password')
    expect(opened.text()).not.toMatch(/[钱包密码]/)
  })

  it('says how things stand with what the bank has not decided (R12)', async () => {
    const unknown = {
      ...transfer,
      transferId: 'd2',
      kind: 'withdrawal',
      status: 'UNKNOWN',
    } as const
    const { text, press } = await open({
      wallet: value({ ...openWallet, pending: [transfer, unknown] }),
    })
    expect(text()).toContain('充值 ¥100.00建设银行(尾号 1234) · 银行处理中')
    expect(text()).toContain('等银行回复')
    await press('充值 ¥100.00')
    expect(text()).toContain('可以离开此页')
    expect(text()).not.toContain('失败')
  })

  it('that this session may not see says so kindly', async () => {
    const { text } = await open({ wallet: { loading: false, problem: problem('SCOPE_MISSING') } })
    expect(text()).toContain('这里打不开钱包')
    expect(text()).toContain(card.school.supportContact)
  })

  it('not open has one way: to bind a card (R9)', async () => {
    const { text, press, find } = await open({ wallet: value(noWallet) })
    expect(find('.purse')).toBeNull()
    await press('绑卡开通')
    expect(text()).toContain('银行预留手机号')
  })

  it('closed says how often it can be opened again (R11)', async () => {
    const { text } = await open({
      wallet: value({ ...noWallet, status: 'closed', reopensLeft: 1 }),
    })
    expect(text()).toContain('还能开通 1 次')
  })

  it('urges the agreement where the school wants it, on the card too (R14)', async () => {
    const { text, press } = await open({
      wallet: value({ ...openWallet, agreement: { signedAt: null, urged: true } }),
    })
    expect(text()).toContain('学校建议你开通免密支付')
    await press(/^卡$/)
    expect(text()).toContain('学校建议你开通免密支付')
  })
})

describe('binding a card (R9, R42)', () => {
  const fill = async (opened: App) => {
    await type(opened, '#field-name', ' 林一夏 ')
    await type(opened, '#field-id', '11010120000101123x')
    await type(opened, '#field-card', '6217000012341234567')
    await type(opened, '#field-phone', '138 0000 5678')
  }

  it('is asked for with consent, each field with what it means', async () => {
    const startBinding = vi.fn(makeWalletModel().startBinding)
    const opened = await open({ wallet: value(noWallet) }, { startBinding })
    await opened.press('绑卡开通')
    expect(opened.root.querySelectorAll('.field details')).toHaveLength(4)
    await fill(opened)
    expect((opened.find('#field-card') as HTMLInputElement).value).toBe('6217 0000 1234 1234 567')
    await opened.press('下一步')
    expect(startBinding).not.toHaveBeenCalled()
    expect(opened.text()).toContain('请先勾选同意')
    await opened.change(() => opened.find('.consent input')?.click())
    await opened.press('下一步')
    expect(startBinding).toHaveBeenCalledWith({
      name: '林一夏',
      idNumber: '11010120000101123X',
      cardNo: '6217000012341234567',
      phone: '13800005678',
    })
  })

  it.each([
    ['BINDING_HOLDER_MISMATCH', '#field-name', '姓名或证件号'],
    ['BINDING_CARD_MISMATCH', '#field-card', '银行卡号不正确'],
    ['BINDING_NOT_OWN_CARD', '#field-name', '本人'],
    ['BINDING_PHONE_MISMATCH', '#field-phone', '预留的号码'],
  ] as const)('%s is said at its field, which takes the focus', async (code, field, words) => {
    const opened = await open({
      wallet: value(noWallet),
      done: { kind: 'refused', problem: problem(code) },
    })
    await opened.press('绑卡开通')
    await fill(opened)
    await opened.change(() => opened.find('.consent input')?.click())
    await opened.press('下一步')
    const input = opened.find(field)
    expect(input?.getAttribute('aria-invalid')).toBe('true')
    expect(opened.root.activeElement).toBe(input)
    const wrong = opened.find(`#${input?.getAttribute('aria-describedby')}`)
    expect(wrong?.textContent).toContain(words)
    expect(opened.spoken()).toContain(words)
  })

  it('goes on from the SMS to setting a first password', async () => {
    const approve = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
    const opened = await open({ wallet: value(noWallet) }, { approve })
    await opened.press('绑卡开通')
    await fill(opened)
    await opened.change(() => opened.find('.consent input')?.click())
    await opened.press('下一步')
    expect(opened.text()).toContain('尾号 5678')
    await type(opened, '.sms-field', '123456')
    expect(opened.text()).toContain('银行卡已绑好')
    await opened.press('设置支付密码')
    expect(approve).toHaveBeenCalledWith({ kind: 'set_password', verificationId: 'v1' })
    expect(opened.text()).toContain('支付密码已设好')
  })
})

describe('binding with a face check (R2, R9)', () => {
  const wallet = value({ ...noWallet, needsFace: true })

  it('asks for a consent of its own, and starts with it alone (R42)', async () => {
    const startBinding = vi.fn(makeWalletModel().startBinding)
    const opened = await open({ wallet }, { startBinding })
    await opened.press('绑卡开通')
    await type(opened, '#field-name', '林一夏')
    await type(opened, '#field-id', '11010120000101123X')
    await type(opened, '#field-card', '6217000012341234567')
    await type(opened, '#field-phone', '13800005678')
    const boxes = [...opened.root.querySelectorAll<HTMLInputElement>('.consent input')]
    expect(boxes).toHaveLength(2)
    await opened.change(() => boxes[0]?.click())
    await opened.press('下一步')
    expect(startBinding).not.toHaveBeenCalled()
    expect(opened.text()).toContain('请先勾选同意刷脸核验')
    expect(opened.root.activeElement).toBe(boxes[1])
    await opened.change(() => boxes[1]?.click())
    await opened.press('下一步')
    expect(startBinding.mock.calls[0]?.[1]).toEqual({ locale: 'zh-CN' })
  })

  it('leads from the code to the provider’s page, and waits', async () => {
    const binding = { ...waiting, awaits: ['SMS_CODE', 'FACE'] as typeof waiting.awaits }
    const leaveForFace = vi.fn()
    const opened = await open({ wallet, binding }, {})
    opened.wallet.leaveForFace = leaveForFace
    await opened.press('继续开通')
    expect(opened.text()).toContain('还要刷一下脸')
    await type(opened, '.sms-field', '123456')
    expect(opened.text()).toContain('还差一步：刷脸')
    expect(opened.spoken()).toContain('还差一步：刷脸')
    const link = opened.find('a.button') as HTMLAnchorElement
    expect(link.getAttribute('href')).toBe(awaitingFace.faceCheck?.pageUrl)
    expect(link.target).toBe('_self')
    expect(link.rel).toContain('noreferrer')
    await opened.change(() => link.click())
    expect(leaveForFace).toHaveBeenCalledWith(false)
  })

  it.each([
    ['FACE_CHECK_FAILED', '刷脸没有通过'],
    ['FACE_CHECK_EXPIRED', '刷脸没有按时做完'],
  ] as const)('%s is said with what to do, and begins anew', async (code, words) => {
    const binding = { ...awaitingFace, problem: problem(code) }
    const opened = await open({ wallet, binding })
    await opened.press('继续开通')
    expect(opened.text()).toContain(words)
    expect(opened.spoken()).toContain(words)
    expect(opened.text()).toContain('卡没有绑，什么都没有变')
    await opened.press('重新绑卡')
    expect(opened.find('#field-name')).toBeTruthy()
  })

  it.each(['FACE_CHECK_NOT_REACHABLE', 'FACE_CHECK_NOT_SET_UP', 'FACE_CHECK_NEEDED'] as const)(
    '%s at the start is said in the wallet’s own words',
    async (code) => {
      const done = { kind: 'refused', problem: problem(code) } as const
      const opened = await open({ wallet: value(noWallet), done })
      await opened.press('绑卡开通')
      await type(opened, '#field-name', '林一夏')
      await type(opened, '#field-id', '11010120000101123X')
      await type(opened, '#field-card', '6217000012341234567')
      await type(opened, '#field-phone', '13800005678')
      await opened.change(() => opened.find('.consent input')?.click())
      await opened.press('下一步')
      expect(opened.find('.trouble .wrong + p')?.textContent).toBeTruthy()
    },
  )

  it('goes straight on after the page was left for it', async () => {
    const opened = await open(
      { wallet, binding: { ...awaitingFace, left: true } },
      {
        isBackFromFace: vi.fn().mockReturnValueOnce(true).mockReturnValue(false),
      },
    )
    expect(opened.text()).toContain('正在等刷脸结果')
  })

  it('is how a closed wallet is opened again, with its own card too (R11)', async () => {
    const closed = value({ ...openWallet, status: 'closed' as const, needsFace: true })
    const approve = vi.fn()
    const opened = await open({ wallet: closed }, { approve })
    await opened.press('重新开通')
    await opened.press('绑卡并刷脸')
    expect(approve).not.toHaveBeenCalled()
    expect(opened.find('#field-name')).toBeTruthy()
  })
})

describe('moving money (R12)', () => {
  it('takes the amount by real buttons, and goes to its outcome', async () => {
    const startTransfer = vi.fn(makeWalletModel().startTransfer)
    const opened = await open({}, { startTransfer })
    await opened.press(/^充值$/)
    expect((opened.find('.key-go') as HTMLButtonElement).disabled).toBe(true)
    for (const key of ['1', '2', '小数点', '5']) await opened.press(new RegExp(`^${key}$`))
    await opened.change(() => opened.find('.key-go')?.click())
    expect(startTransfer).toHaveBeenCalledWith('top_up', ccb.cardId, 1_250)
  })

  it('takes it by a keyboard, too', async () => {
    const opened = await open()
    await opened.press(/^充值$/)
    for (const key of ['5', '0', 'Backspace', '.', '2']) {
      await opened.change(() => {
        document.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }))
      })
    }
    expect(opened.find('.move-amount b')?.textContent).toBe('5.2')
  })

  it('does not withdraw more than there is, and offers all of it', async () => {
    const opened = await open()
    await opened.press(/^提现$/)
    for (const key of ['9', '9', '9']) await opened.press(new RegExp(`^${key}$`))
    expect(opened.text()).toContain('钱包只有 ¥128.40')
    expect((opened.find('.key-go') as HTMLButtonElement).disabled).toBe(true)
    for (let i = 0; i < 3; i++) await opened.press('删除一位')
    await opened.press('全部')
    expect(opened.find('.move-amount b')?.textContent).toBe('128.4')
  })

  it('leads to a first password where there is none', async () => {
    const opened = await open({ done: { kind: 'refused', problem: problem('PASSWORD_NOT_SET') } })
    await opened.press(/^充值$/)
    await opened.press('¥100')
    await opened.change(() => opened.find('.key-go')?.click())
    expect(opened.text()).toContain('还没有支付密码')
    await opened.press('设置支付密码')
    expect(opened.text()).toContain('6 位数字')
  })

  it('that the bank declined says so and that nothing is lost', async () => {
    const opened = await open(
      {},
      {
        transfer: createCell({
          kind: 'known',
          transfer: { ...transfer, kind: 'withdrawal', status: 'DECLINED' },
        }),
        wallet: createCell(value({ ...openWallet, pending: [transfer] })),
        openTransfer: () => {},
      },
    )
    await opened.press('充值 ¥100.00')
    expect(opened.text()).toContain('钱已回到钱包')
    expect(opened.spoken()).toContain('没有提现成')
  })
})

describe('settings', () => {
  it('limits come with advice, and cannot pass the ceiling (R15)', async () => {
    const setLimits = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
    const opened = await open({}, { setLimits })
    await opened.press('付款限额')
    expect(opened.text()).toContain('最高 ¥5000.00')
    await type(opened, '#limit-daily', '6000')
    expect(opened.text()).toContain('不能超过 ¥5000.00')
    await type(opened, '#limit-daily', '3000')
    expect(opened.text()).toContain('一天偏高')
    await opened.press('输密码并保存')
    expect(setLimits).toHaveBeenCalledWith(20_000, 300_000)
  })

  it('unbinding says how many of three are left, and asks again (R10)', async () => {
    const approve = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
    const opened = await open({}, { approve })
    await opened.press('银行卡')
    await opened.press(/^解绑$/)
    expect(opened.text()).toContain('你还剩 2 次')
    expect(approve).not.toHaveBeenCalled()
    await opened.press('确认解绑')
    expect(approve).toHaveBeenCalledWith({ kind: 'unbind_card', cardId: ccb.cardId })
  })

  it('closing shows what it needs, and cannot be pressed before (R11)', async () => {
    const opened = await open({
      wallet: value({ ...openWallet, balanceFen: 0, pending: [transfer] }),
    })
    await opened.press('注销钱包')
    expect(opened.text()).toContain('还有 1 笔在处理')
    expect((opened.find('.danger') as HTMLButtonElement).disabled).toBe(true)
  })

  it('a phone is removed after it was asked, and this one is marked (R6)', async () => {
    const removeDevice = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
    const opened = await open({}, { removeDevice })
    await opened.press('我的手机')
    expect(opened.text()).toContain('iPhone · 微信本机')
    await opened.press(/^移除$/)
    await opened.press('确认移除')
    expect(removeDevice).toHaveBeenCalledTimes(1)
  })

  it('locking is one tap and one question (R6)', async () => {
    const lockCard = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
    const opened = await open({}, { lockCard })
    await opened.press('挂失校园卡')
    await opened.press('马上挂失')
    await opened.press('确认挂失')
    expect(lockCard).toHaveBeenCalledTimes(1)
    expect(opened.text()).toContain('已挂失')
  })

  it('a forgotten password is set after a new verification, or at the office (R16)', async () => {
    const refused = { kind: 'refused', problem: problem('PASSWORD_RESET_AT_OFFICE') } as const
    const opened = await open({ done: refused })
    await opened.press('支付密码')
    await opened.press('忘记密码')
    expect(opened.text()).toContain('请到卡务中心重设')
    expect(opened.text()).toContain(card.school.supportContact)
  })
})

describe('the keypad sheet (R16)', () => {
  const opening: KeypadState = {
    approvalId: 'a1',
    url: 'https://keypad.bank.test/keypad',
    ticket: 'secret-ticket',
    action: { kind: 'sign_agreement' },
    step: 'opening',
  }

  async function openSheet(step: KeypadState['step'] = 'opening') {
    vi.spyOn(HTMLFormElement.prototype, 'submit').mockImplementation(function (
      this: HTMLFormElement,
    ) {
      sent.push([this.method, this.action, this.target, new FormData(this).get('ticket')])
    })
    const hearKeypad = vi.fn()
    const opened = await open({ keypad: { ...opening, step } }, { hearKeypad })
    const frame = opened.find('iframe') as HTMLIFrameElement | null
    const say = (data: object, origin: string, source: unknown) =>
      opened.change(() => {
        const event = new MessageEvent('message', { data, origin })
        Object.defineProperty(event, 'source', { value: source })
        window.dispatchEvent(event)
      })
    return { ...opened, hearKeypad, frame, say }
  }
  let sent: unknown[][]
  beforeEach(() => {
    sent = []
  })

  it('posts the ticket into the frame, so that it stands in no address', async () => {
    const { frame } = await openSheet()
    expect(sent).toEqual([['post', opening.url, frame?.name, 'secret-ticket']])
    expect(frame?.getAttribute('src')).toBeNull()
  })

  it('hears the page in its frame, from its origin, and nobody else', async () => {
    const { frame, say, hearKeypad } = await openSheet()
    const message = { type: 'ecode-keypad', approvalId: 'a1', event: 'approved' }
    await say(message, 'https://evil.test', frame?.contentWindow)
    await say(message, 'https://keypad.bank.test', window)
    await say({ ...message, type: 'other' }, 'https://keypad.bank.test', frame?.contentWindow)
    expect(hearKeypad).not.toHaveBeenCalled()
    await say(message, 'https://keypad.bank.test', frame?.contentWindow)
    expect(hearKeypad).toHaveBeenCalledWith(message)
  })

  it('keeps what lies beneath out of reach, and Escape cancels', async () => {
    const { find, wallet, change } = await openSheet()
    expect(find('.screen')?.hasAttribute('inert')).toBe(true)
    await change(() => {
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    })
    expect(wallet.keypad.value).toBeUndefined()
    expect(find('.sheet')).toBeNull()
    expect(find('.screen')?.hasAttribute('inert')).toBe(false)
  })

  it('offers the whole page where the frame did not open, and goes there by a form', async () => {
    const { text, root, unmount } = await openSheet('blocked')
    expect(root.textContent).toContain('整页打开')
    expect(text()).toContain('¥128.40')
    unmount()
    await openSheet('leaving')
    expect(sent).toEqual([['post', opening.url, '_top', 'secret-ticket']])
  })
})

it('opens by itself when the person is back from the keypad at top level', async () => {
  const model = {
    ...makeModel({
      wallet: {
        finished: { action: { kind: 'sign_agreement' }, done: { kind: 'done', value: {} } },
      },
    }),
    returned: true,
  }
  const opened = await mountApp({ model, options: { screens } })
  app = opened
  expect(opened.text()).toContain('免密支付已开通')
  expect(opened.spoken()).toContain('免密支付已开通')
})

it('a till that waits is answered in the code’s place (R23)', async () => {
  const approve = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
  const wallet = { ...makeWalletModel(), approve }
  const entry = { ...paid, status: 'AWAITING_PASSWORD' } as const
  const model = {
    ...makeModel({ pay: { kind: 'result', entry, at: NOON } }),
    wallet: createCell<WalletModel | undefined>(wallet),
  }
  const opened = await mountApp({ model, options: { screen: 'pay', screens } })
  app = opened
  expect(opened.text()).toContain('第一食堂')
  await opened.press('输入支付密码')
  expect(approve).toHaveBeenCalledWith({ kind: 'pay', paymentId: paid.paymentId })
})

it('a till that waits is answered from the bill as well, by a phone whose code it was not (R23)', async () => {
  const approve = vi.fn(async () => ({ kind: 'done', value: {} }) as const)
  const entry = { ...paid, status: 'AWAITING_PASSWORD' } as const
  const bill = { month: '2026-11', outFen: 0, inFen: 0, entries: [entry], next: null, filter: {} }
  const given = makeModel({ bill: value(bill) })
  const wallet = createCell<WalletModel | undefined>({ ...makeWalletModel(), approve })
  const opened = await mountApp({
    model: { ...given, wallet },
    options: { screen: 'card', screens },
  })
  app = opened
  await opened.press(/^账单$/)
  await opened.press(/第一食堂/)
  await opened.press('输入支付密码')
  expect(approve).toHaveBeenCalledWith({ kind: 'pay', paymentId: paid.paymentId })
  await opened.change(() => {
    const cell = given.bill as unknown as { value: unknown }
    cell.value = value({ ...bill, entries: [{ ...entry, status: 'PAID' }] })
  })
  expect(opened.text()).not.toContain('输入支付密码')
})

describe('help (R37)', () => {
  it('is searched by what people type, and ends with whom to ask', async () => {
    const opened = await open()
    await opened.press(/^帮助$/)
    expect(opened.text()).toContain('付款码在哪里出示？')
    expect(opened.text()).toContain(card.school.supportContact)
    await type(opened, '.help-search', '忘记支付密码')
    expect(opened.find('.question')?.textContent).toContain('支付密码忘了怎么办？')
    expect(opened.text()).not.toContain('付款码在哪里出示？')
    await type(opened, '.help-search', '量子力学')
    expect(opened.text()).toContain('没有找到')
    expect(opened.text()).toContain(card.school.supportContact)
  })

  it('says that a campus-card password is reset at the card office (R3)', async () => {
    const opened = await open()
    await opened.press(/^帮助$/)
    expect(opened.text()).toContain('校园卡密码只能到卡务中心重设')
  })

  it('opened from a refusal, answers it first, with the limits of this person (R22)', async () => {
    const model = makeModel({
      pay: { kind: 'result', entry: refused('OVER_SINGLE_LIMIT', 26_000), at: NOON },
    })
    const opened = await mountApp({ model, options: { screen: 'pay' } })
    app = opened
    await opened.press(/^帮助$/)
    const [first] = opened.root.querySelectorAll('details')
    expect(first?.open).toBe(true)
    expect(first?.textContent).toContain('超过单笔限额')
    expect(first?.textContent).toContain('¥200.00')
  })

  it('does not ask for a wallet that this session may not see', async () => {
    const show = vi.fn(() => () => {})
    const wallet = { ...makeWalletModel({}), show }
    const model = { ...makeModel({}), wallet: createCell<WalletModel | undefined>(wallet) }
    const opened = await mountApp({ model, options: { screen: 'card' } })
    app = opened
    await opened.press(/^帮助$/)
    expect(opened.text()).toContain('常见问题')
    expect(show).not.toHaveBeenCalled()
  })
})

describe('messages (R41)', () => {
  it('are counted on the wallet and on the card, and read once they are open', async () => {
    const readNotices = vi.fn(async () => {})
    const opened = await open({}, { readNotices })
    expect(opened.find('.bell')?.textContent).toContain('2 条未读')
    await opened.press('消息')
    expect(opened.text()).toContain('第一食堂退款 ¥18.00')
    expect(opened.root.querySelectorAll('.unread')).toHaveLength(2)
    expect(readNotices).toHaveBeenCalledTimes(1)
  })

  it('on the card the way is there before the wallet’s part is, and the count once it has come', async () => {
    const { walletScreens } = await import('./wallet-screens.ts')
    let come = () => {}
    const coming = new Promise<typeof walletScreens>((resolve) => {
      come = () => resolve(walletScreens)
    })
    const opened = await mountApp({ options: { screen: 'card' }, parts: { wallet: () => coming } })
    app = opened
    expect(opened.text()).toContain('消息')
    expect(opened.text()).not.toContain('2 条未读')
    await opened.change(come)
    await vi.waitFor(() => expect(opened.text()).toContain('2 条未读'), 10_000)
    await opened.press(/消息/)
    expect(opened.text()).toContain('第一食堂退款')
  })

  it('of a low balance are off until an amount of one’s own is set', async () => {
    const setLowBalance = vi.fn(async () => ({ kind: 'done' as const, value: {} }))
    const opened = await open({}, { setLowBalance })
    await opened.press('消息')
    expect(opened.find('.low summary')?.textContent).toContain('未开启')
    const submit = () =>
      opened.change(() => {
        const form = opened.find('.low form')
        form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
      })
    await type(opened, '#low-balance', '0')
    await submit()
    expect(setLowBalance).not.toHaveBeenCalled()
    expect(opened.find('#low-balance')?.getAttribute('aria-invalid')).toBe('true')
    await type(opened, '#low-balance', '15.5')
    await submit()
    expect(setLowBalance).toHaveBeenCalledWith(1_550)
    expect(opened.spoken()).toContain('余额提醒已开启')
  })

  it('come in WeChat, too, until they are switched off', async () => {
    const setWechatNotices = vi.fn(async () => ({ kind: 'done' as const, value: {} }))
    const opened = await open({}, { setWechatNotices })
    await opened.press('消息')
    expect(opened.find('[role=switch]')?.getAttribute('aria-checked')).toBe('true')
    await opened.press(/微信消息/)
    expect(setWechatNotices).toHaveBeenCalledWith(false)
    expect(opened.spoken()).toContain('微信消息已关闭')
  })

  it('have no such switch where the school tells nothing there, or knows no WeChat', async () => {
    const opened = await open({ notices: value({ ...notices, wechatReceipts: false }) })
    await opened.press('消息')
    expect(opened.text()).toContain('余额提醒')
    expect(opened.find('[role=switch]')).toBe(null)
  })
})

describe('privacy (R42)', () => {
  it('says for each purpose what is kept and how it stands, and takes a consent back', async () => {
    const withdrawConsent = vi.fn(async () => ({ kind: 'done' as const, value: {} }))
    const opened = await open({}, { withdrawConsent })
    await opened.press('隐私与数据')
    for (const part of ['只留银行名称、卡号后四位', '2026-11-21', '没有同意过']) {
      expect(opened.text()).toContain(part)
    }
    await opened.press('撤回同意')
    expect(withdrawConsent).not.toHaveBeenCalled()
    await opened.press('确认撤回')
    expect(withdrawConsent).toHaveBeenCalledWith('bank_binding')
    expect(opened.spoken()).toContain('已撤回')
  })

  it('a consent in use says what has to be ended first', async () => {
    const opened = await open({
      done: { kind: 'refused', problem: problem('CONSENT_BANK_CARD_BOUND') },
    })
    await opened.press('隐私与数据')
    await opened.press('撤回同意')
    await opened.press('确认撤回')
    expect(opened.find('.trouble')?.textContent).toContain('全部解绑后才能撤回')
  })

  it('deletes one’s data after being asked once more, and says why it cannot yet', async () => {
    const approve = vi.fn(async () => ({ kind: 'done' as const, value: {} }))
    const opened = await open({}, { approve })
    await opened.press('隐私与数据')
    await opened.press('删除我的数据')
    expect(approve).not.toHaveBeenCalled()
    expect(opened.find('.sure')?.textContent).toContain('不能恢复')
    await opened.press('删除我的数据')
    expect(approve).toHaveBeenCalledWith({ kind: 'delete_me' })
  })

  it('exports after the password, as a file', async () => {
    const approve = vi.fn(async () => ({ kind: 'done' as const, value: {} }))
    const opened = await open({}, { approve })
    await opened.press('隐私与数据')
    await opened.press('输密码并导出')
    expect(approve).toHaveBeenCalledWith({ kind: 'export_data' })
    app?.unmount()
    const text = '{"about":{"name":"林知夏"}}'
    const made = vi.spyOn(URL, 'createObjectURL')
    const ready = await open({ exported: { kind: 'ready', name: 'mine.json', text } })
    await ready.press('隐私与数据')
    const link = ready.find('a.file') as HTMLAnchorElement
    expect(link.download).toBe('mine.json')
    const [blob] = made.mock.calls[0] ?? []
    expect(link.href).toBe(made.mock.results[0]?.value)
    expect(await (blob as Blob).text()).toBe(text)
  })

  it('exports as text to copy where a page cannot download', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (iPhone) MicroMessenger/8.0' })
    const opened = await open({ exported: { kind: 'ready', name: 'mine.json', text: '{"a":1}' } })
    await opened.press('隐私与数据')
    expect(opened.find('a.file')).toBeNull()
    expect((opened.find('.exported') as HTMLTextAreaElement).value).toBe('{"a":1}')
    await opened.press('用完了')
    expect(opened.find('.exported')).toBeNull()
  })

  it('shows when the school opened this for the person (R6)', async () => {
    const opened = await open()
    await opened.press('我的手机')
    expect(opened.text()).toContain('最近登录')
    expect(opened.root.querySelectorAll('.sign-in')).toHaveLength(3)
  })
})

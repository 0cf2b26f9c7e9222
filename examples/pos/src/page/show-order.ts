import type { IncomingView } from '../incoming.ts'
import type { OrderView } from '../order-view.ts'
import { both, make } from './find.ts'

export interface OrderActions {
  next(): void
  reverse(): Promise<void>
  refund(amount: string): Promise<void>
}

const classes = {
  student: ['学生', 'Student'],
  teacher: ['教师', 'Teacher'],
  external: ['校外', 'External'],
  visitor: ['访客', 'Visitor'],
} as const

const channels = {
  wallet: ['电子钱包', 'Wallet'],
  one_card: ['一卡通', 'One-card'],
  bank_card: ['银行卡', 'Bank card'],
  wechat: ['微信支付', 'WeChat Pay'],
  alipay: ['支付宝', 'Alipay'],
  unionpay: ['云闪付', 'UnionPay'],
} as const

const states = {
  open: ['查询中', 'Checking'],
  paid: ['已收款', 'Paid'],
  refused: ['未收款', 'Refused'],
  reversed: ['已撤销', 'Reversed'],
} as const

/** While the first answer is awaited. */
export function showWaiting(list: string): Node[] {
  return [mark('open'), title('收款中…', 'Charging'), make('p', 'amount', list)]
}

/** The whole answer about one order. */
export function showOrder(order: OrderView, actions: OrderActions): Node[] {
  const { state, refusal, notice } = order
  return [
    mark(state),
    ...showOutcome(order),
    refusal && make('p', 'sentence', refusal.message['zh-CN']),
    refusal && english(refusal.message.en),
    state === 'refused' ? null : showFacts(order),
    notice && make('p', 'notice', notice['zh-CN'], make('br', ''), english(notice.en)),
    make('p', 'order-no', order.orderNo, refusal ? ` · ${refusal.code}` : ''),
    showButtons(order, actions),
  ].filter((node) => node !== null)
}

/** One line of the list of orders. */
export function showRow(order: OrderView, onOpen: () => void): HTMLLIElement {
  const { state, charged, list, refunded, password } = order
  const chip = refunded ? '有退款' : password ? '等密码' : states[state][0]
  const button = make(
    'button',
    'row',
    make('time', '', new Date(order.at).toLocaleTimeString('zh-CN', { hour12: false })),
    make('span', `chip ${state}`, chip),
    make('b', '', charged ?? list),
  )
  button.type = 'button'
  button.addEventListener('click', onOpen)
  return make('li', '', button)
}

/** One line of what the printed code took. */
export function showIncoming({
  tail,
  charged,
  payer,
  at,
  isReturned,
}: IncomingView): HTMLLIElement {
  return make(
    'li',
    'row',
    make('time', '', new Date(at).toLocaleTimeString('zh-CN', { hour12: false })),
    make('span', `chip ${isReturned ? 'reversed' : 'paid'}`, `${payer} ${tail}`),
    make('b', '', charged),
  )
}

function showPayer({ class: personClass, maskedName }: NonNullable<OrderView['payer']>) {
  const [zh, en] = classes[personClass]
  return make('p', 'payer', make('span', 'class', ...both(zh, en)), ' ', maskedName)
}

function showOutcome({ state, charged, list, payer, reversing, password }: OrderView): Node[] {
  if (state === 'paid') {
    return [
      make('p', 'amount', charged ?? ''),
      title('已收款', 'Paid'),
      ...(payer ? [showPayer(payer)] : []),
    ]
  }
  if (state === 'refused') return [title('没有收到款', 'Not paid'), make('p', 'tried', list)]
  if (state === 'reversed') {
    return [title('已撤销，没有收款', 'Reversed, nothing was taken'), make('p', 'tried', list)]
  }
  if (password) {
    return [
      make('p', 'amount', charged ?? list),
      password.by === 'wechat'
        ? title('请顾客在微信里输入支付密码', 'Ask the customer to enter the password in WeChat')
        : title(
            '请顾客在手机上输入支付密码',
            'Ask the customer to enter the payment password on the phone',
          ),
      ...(payer ? [showPayer(payer)] : []),
      ...(password.secondsLeft > 0 ? [countDown(password.secondsLeft)] : []),
    ]
  }
  return [
    make('p', 'amount', charged ?? list),
    reversing
      ? title('正在撤销，请勿重复操作', 'Reversing, do not repeat')
      : title('查询中，请勿重复收款', 'Checking, do not charge again'),
  ]
}

/** Ticks for as long as it is on the page. */
function countDown(secondsLeft: number): HTMLElement {
  const endsAt = performance.now() + secondsLeft * 1000
  const seconds = make('b', '', String(secondsLeft))
  const line = make('p', 'seconds', '还剩 ', seconds, ...both(' 秒', 'seconds left'))
  // Not read out each second.
  line.setAttribute('role', 'timer')
  const timer = setInterval(() => {
    if (!line.isConnected) return clearInterval(timer)
    seconds.textContent = String(Math.max(0, Math.ceil((endsAt - performance.now()) / 1000)))
  }, 250)
  return line
}

function showFacts({ list, rule, charged, means, channel, refunded, state }: OrderView) {
  const facts = make('dl', 'facts')
  const add = (zh: string, en: string, ...value: (Node | string)[]) =>
    facts.append(make('dt', '', ...both(zh, en)), make('dd', '', ...value))
  if (rule) {
    add('原价', 'List price', list)
    add(rule.name['zh-CN'], rule.name.en, rule.change)
  }
  if (rule && charged) add(state === 'paid' ? '实收' : '应收', 'Charged', charged)
  if (channel) {
    const [zh, en] = channels[channel]
    add('付款方式', 'From', ...both(zh, en))
  }
  if (means === 'card') add('交易方式', 'By', ...both('刷卡', 'Card'))
  if (means === 'face') add('交易方式', 'By', ...both('刷脸', 'Face'))
  if (refunded) add('已退', 'Refunded', refunded)
  return facts.hasChildNodes() ? facts : null
}

function showButtons(order: OrderView, actions: OrderActions): HTMLElement {
  const { state, mayReverse, refund, password } = order
  if (password && password.secondsLeft > 0) {
    const cancel = button('取消收款', 'Cancel', 'soft')
    const box = make('div', 'buttons', cancel)
    // Nothing has moved, so it is not asked twice.
    cancel.addEventListener('click', () => busy(box, actions.reverse()))
    return box
  }
  const next = {
    open: () => button('稍后再查，先收下一单', 'Next, look again later', 'soft'),
    paid: () => button('下一单', 'Next', 'main'),
    refused: () => button('重新扫码', 'Scan again', 'main'),
    reversed: () => button('下一单', 'Next', 'main'),
  }[state]()
  next.addEventListener('click', actions.next)
  const box = make('div', 'buttons', next)

  if (mayReverse) {
    const reverse = button('撤销', 'Reverse', 'soft')
    // Asked twice in place: dialogs of framed pages are blocked.
    reverse.addEventListener(
      'click',
      () => {
        reverse.replaceChildren(...both('再按一次撤销', 'Press again'))
        reverse.classList.add('sure')
        reverse.addEventListener('click', () => busy(box, actions.reverse()), { once: true })
      },
      { once: true },
    )
    box.append(reverse)
  }
  if (refund) {
    const open = button('退款', 'Refund', 'soft')
    open.addEventListener('click', () => {
      const amount = make('input', '')
      amount.value = refund.most
      amount.inputMode = 'decimal'
      amount.setAttribute('aria-label', '退款金额 Amount to refund')
      const confirm = button('确认退款', 'Refund', 'soft sure')
      confirm.addEventListener('click', () => busy(box, actions.refund(amount.value.trim())))
      open.replaceWith(make('span', 'refund', '¥', amount, confirm))
      amount.select()
    })
    box.append(open)
  }
  return box
}

/** Nothing can be pressed twice while the first is under way. */
async function busy(box: HTMLElement, action: Promise<void>) {
  for (const child of box.querySelectorAll('button')) child.disabled = true
  await action
  for (const child of box.querySelectorAll('button')) child.disabled = false
}

function mark(state: OrderView['state']): HTMLElement {
  const element = make('div', `mark ${state}`)
  element.setAttribute('aria-hidden', 'true')
  return element
}

function title(zh: string, en: string) {
  return make('h1', '', ...both(zh, en))
}

function english(text: string) {
  const element = make('small', 'english', text)
  element.lang = 'en'
  return element
}

function button(zh: string, en: string, className: string) {
  const element = make('button', className, ...both(zh, en))
  element.type = 'button'
  return element
}

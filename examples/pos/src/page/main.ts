import type { Presented } from '@campus-ecode/protocol/payments'
import type { OrderView } from '../order-view.ts'
import { isTypedAmount, pressKey, readTyped, showTyped } from './amount-keys.ts'
import { createCamera } from './camera.ts'
import { find, make } from './find.ts'
import { listenForPictures, listenToFrame } from './pictures.ts'
import { readPicture } from './read-picture.ts'
import { showIncoming, showOrder, showRow, showWaiting } from './show-order.ts'
import { createSwipe } from './swipe.ts'
import { TillRefusal, tillApi } from './till-api.ts'

const tillChoice = find('till', HTMLSelectElement)
const entry = find('entry', HTMLElement)
const result = find('result', HTMLElement)
const amount = find('amount', HTMLOutputElement)
const code = find('code', HTMLInputElement)
const hint = find('hint', HTMLParagraphElement)
const orders = find('orders', HTMLOListElement)
const incoming = find('incoming', HTMLElement)
const incomingList = find('incoming-list', HTMLOListElement)

/** Whoever paid stands there and waits for the staff to see it. */
const INCOMING_EVERY_MS = 2_000

let typed = ''
/** The order on display; undefined while the next is being keyed in. */
let shown: OrderView | 'charging' | undefined
/** A payment is on its way: a second scan must not become a second payment. */
let charging = false
/** The order on display is not known yet: only a button leaves it. */
let pending = false

const camera = createCamera({ onCode: (code) => charge({ code }), onFail: say })
const swipe = createSwipe({ onToken: (token) => charge({ token }) })

find('keypad', HTMLDivElement).addEventListener('click', ({ target }) => {
  const key = target instanceof HTMLElement && target.closest('button')?.dataset.key
  if (!key) return
  typed = pressKey(typed, key)
  showEntry()
})
find('camera-open', HTMLButtonElement).addEventListener('click', () => {
  if (checkAmount()) void camera.open()
})
find('swipe-open', HTMLButtonElement).addEventListener('click', () => {
  if (checkAmount()) void swipe.open()
})

// A scanner types like a keyboard, only faster, and ends with Enter. What is short enough is an amount
// that a person types.
code.addEventListener('input', () => {
  amount.value = showTyped(isTypedAmount(code.value) ? code.value : typed)
})
code.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing) return
  const text = code.value
  code.value = ''
  if (!isTypedAmount(text)) return void (text && charge({ code: text }))
  typed = text
  showEntry()
})
// Wherever it was clicked, the scanner is heard.
document.addEventListener('keydown', ({ target, key }) => {
  const elsewhere = target instanceof HTMLInputElement || target instanceof HTMLSelectElement
  if (elsewhere || !/^[\w.]$/.test(key) || charging || pending) return
  if (shown !== undefined) leaveOrder()
  code.focus({ preventScroll: true })
})

listenForPictures(chargePicture)

async function chargePicture(picture: Blob) {
  if (charging || pending || !checkAmount()) return
  const text = await readPicture(picture).catch(() => undefined)
  if (text) await charge({ code: text })
  else say('图片里没有找到码，请靠近一点再拍 · No code found in the picture')
}

/** @param presented What was read, untouched: the core says what it is. */
async function charge(presented: Presented) {
  if (charging || pending || !checkAmount()) return
  const amountText = readTyped(typed) ?? ''
  charging = true
  camera.close()
  swipe.close()
  shown = 'charging'
  showResult(showWaiting(showTyped(typed)))
  try {
    show(await tillApi.pay(tillChoice.value, { amount: amountText, ...presented }))
  } catch (error) {
    leaveOrder()
    // The order may have reached the core; the list says, once our own server can be asked again.
    say(
      error instanceof TillRefusal
        ? error.message
        : '连不上收银服务，先看最近五单再重试 · No connection',
    )
  }
  charging = false
  void listOrders()
}

function show(order: OrderView) {
  const { orderNo, refund } = order
  const till = tillChoice.value
  shown = order
  pending = order.state === 'open'
  if (order.state === 'paid') typed = ''
  showResult(
    showOrder(order, {
      next: leaveOrder,
      reverse: () => act(tillApi.reverse(till, orderNo)),
      refund: (wanted) =>
        act(tillApi.refund(till, orderNo, { refundNo: refund?.refundNo ?? '', amount: wanted })),
    }),
  )
  if (order.state === 'open') askLater(till, order, pauseMs(order))
}

function askLater(till: string, before: OrderView, ms: number) {
  setTimeout(() => void askAgain(till, before), ms)
}

async function askAgain(till: string, before: OrderView) {
  if (shown !== before) return
  const order = await tillApi.lookAt(till, before.orderNo).catch(() => undefined)
  if (shown !== before) return
  if (!order) return askLater(till, before, 3_000)
  // Untouched while nothing is new, so that a button is not pulled from under a finger.
  if (waitsFor(order) === waitsFor(before)) return askLater(till, before, pauseMs(order))
  show(order)
  void listOrders()
}

/** What an open order waits for, as far as it looks different. */
function waitsFor({ state, reversing, password }: OrderView): string {
  if (state !== 'open') return state
  if (password) return password.secondsLeft > 0 ? 'password' : 'end of password'
  return reversing ? 'reversal' : 'answer'
}

/** Somebody who has entered a password wants to see that it was taken. */
function pauseMs({ password }: OrderView): number {
  return password ? 1_000 : 1_500
}

async function act(asked: Promise<OrderView>) {
  try {
    show(await asked)
  } catch (error) {
    const sentence = error instanceof TillRefusal ? error.message : '连不上收银服务，请再试一次'
    result.querySelector('.notice')?.remove()
    result.querySelector('.buttons')?.before(make('p', 'notice', sentence))
  }
  void listOrders()
}

function leaveOrder() {
  shown = undefined
  pending = false
  result.hidden = true
  entry.hidden = false
  showEntry()
}

function showResult(content: Node[]) {
  entry.hidden = true
  result.hidden = false
  result.replaceChildren(...content)
}

function showEntry() {
  amount.value = showTyped(typed)
  amount.classList.toggle('empty', readTyped(typed) === undefined)
  say(
    readTyped(typed) === undefined
      ? '先输入金额 · Key in an amount'
      : '请出示付款码 · Ready to scan',
  )
  code.value = ''
  code.focus({ preventScroll: true })
}

function checkAmount(): boolean {
  if (readTyped(typed) !== undefined) return true
  if (shown !== undefined) leaveOrder()
  say('先输入金额，再扫码 · Key in an amount first')
  return false
}

function say(sentence: string) {
  hint.textContent = sentence
}

async function listOrders() {
  const till = tillChoice.value
  const list = await tillApi.listOrders(till).catch(() => undefined)
  if (!list || till !== tillChoice.value) return
  orders.replaceChildren(
    ...list.map((order) => showRow(order, () => charging || show(order))),
    ...(list.length === 0 ? [make('li', 'none', '还没有订单 · No orders yet')] : []),
  )
}

/** Quiet: it is there once the printed code has taken something, and disturbs nobody. */
async function listIncoming() {
  const till = tillChoice.value
  if (!till || document.hidden) return
  const list = await tillApi.listIncoming(till).catch(() => undefined)
  if (!list || till !== tillChoice.value) return
  incoming.hidden = list.length === 0
  incomingList.replaceChildren(...list.map(showIncoming))
}
setInterval(() => void listIncoming(), INCOMING_EVERY_MS)

async function listTills() {
  const tills = await tillApi.listTills().catch(() => [])
  if (tills.length === 0) {
    say('正在连接… · Connecting')
    return void setTimeout(() => void listTills(), 2_000)
  }
  const chosen = tillChoice.value
  tillChoice.replaceChildren(
    ...tills.map(
      ({ id, merchant, name }) => new Option(name ? `${merchant} · ${name}` : merchant, id),
    ),
  )
  if (tills.some(({ id }) => id === chosen)) tillChoice.value = chosen
  showEntry()
  void listOrders()
  void listIncoming()
}

tillChoice.addEventListener('change', () => {
  leaveOrder()
  incoming.hidden = true
  void listOrders()
  void listIncoming()
})

const clock = find('clock', HTMLTimeElement)
function tick() {
  clock.textContent = new Date().toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit' })
}
tick()
setInterval(tick, 10_000)

showEntry()
void listTills()
const { frameOrigin } = await tillApi.readSettings()
if (frameOrigin) listenToFrame(frameOrigin, chargePicture)

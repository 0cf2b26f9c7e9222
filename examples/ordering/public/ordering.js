// The page of a canteen: an order is made by the server, paid in the widget's cashier, and shown as the server
// says it is. What pay() resolves with is only a reason to ask.
const place = document.querySelector('#ordering')
const { school, person } = place.dataset
const find = (id) => document.querySelector(`#${id}`)
const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`

const ecode = ECode.create({
  school,
  subject: person,
  async session(thumbprint) {
    const answer = await post('/session', { person, thumbprint })
    if (!answer.ok) throw new Error(`/session answered ${answer.status}`)
    return answer.json()
  },
})

const inputs = [...document.querySelectorAll('[data-dish]')]
const count = (input) => Math.min(99, Math.max(0, Math.floor(Number(input.value)) || 0))

place.addEventListener('input', () => {
  const fen = inputs.reduce((sum, input) => sum + count(input) * Number(input.dataset.fen), 0)
  find('sum').textContent = yuan(fen)
})

find('order').addEventListener('click', async ({ currentTarget: button }) => {
  const dishes = Object.fromEntries(inputs.map((input) => [input.dataset.dish, count(input)]))
  if (Object.values(dishes).every((n) => n === 0)) return say('先选几样菜 · Choose something first')
  button.disabled = true
  try {
    const answer = await post('/orders', { person, dishes })
    if (!answer.ok) return say('没有下成单，请再试 · Not ordered; try again')
    for (const input of inputs) input.value = '0'
    find('sum').textContent = yuan(0)
    await pay(await answer.json())
  } catch {
    say('连不上，请看下面的订单 · No connection; see your orders below')
  } finally {
    button.disabled = false
    await showOrders()
  }
})

async function pay({ orderId }) {
  if (!orderId) return say('还不知道订单下成没有，请稍后看 · Not known yet; look again in a moment')
  say('')
  const { status } = await ecode.pay({ order: orderId })
  say(
    {
      paid: '付款完成，等厨房确认 · Paid; the kitchen will confirm',
      pending: '银行还没有答复，请稍后看订单 · Still being decided; look again',
      closed: '订单已关闭 · This order is closed',
      cancelled: '没有付款，订单还在 · Not paid; the order is still there',
    }[status],
  )
}

const words = {
  OPEN: '待付款 To pay',
  PAYING: '付款中 Paying',
  PAID: '已付款 Paid',
  REFUNDED: '已退款 Refunded',
  CLOSED: '已关闭 Closed',
  unknown: '还在确认 Being confirmed',
}

async function showOrders() {
  const answer = await fetch(`/orders?person=${person}`).catch(() => undefined)
  if (!answer?.ok) return
  const lines = (await answer.json()).map((order) => {
    const line = document.createElement('li')
    line.dataset.orderNo = order.orderNo
    line.dataset.status = order.status
    line.append(part('span', order.description), part('b', yuan(order.paidFen ?? order.amountFen)))
    line.append(part('small', words[order.status]))
    if (order.status === 'OPEN') line.append(act('付款 Pay', () => pay(order)))
    if (order.status === 'OPEN' || order.status === 'PAID') {
      const cancel = () => post(`/orders/${order.orderNo}/cancel`, { person })
      line.append(act(order.status === 'PAID' ? '退餐 Refund' : '取消 Cancel', cancel))
    }
    return line
  })
  find('orders').replaceChildren(...lines)
}

function act(text, work) {
  const button = part('button', text)
  button.type = 'button'
  button.addEventListener('click', async () => {
    button.disabled = true
    await work().catch(() => say('连不上，请再试 · No connection; try again'))
    await showOrders()
  })
  return button
}

function part(name, text) {
  const element = document.createElement(name)
  element.textContent = text
  return element
}

function post(path, body) {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function say(text) {
  find('said').textContent = text
}

showOrders()
setInterval(() => document.hidden || showOrders(), 5_000)

import type { StallView } from '../stall.ts'
import { find } from './find.ts'
import { type Sentences, tellEnd, tellOutcome, tellState, yuan } from './panel-text.ts'
import { showerApi } from './shower-api.ts'

const BATH_DIGITS = 8
const PASSWORD_DIGITS = 6
const LOOK_MS = 500
const SAID_MS = 5_000

const choice = find('shower', HTMLSelectElement)
const panel = find('panel', HTMLElement)
const prompt = find('prompt', HTMLElement)
const typed = find('typed', HTMLElement)
const status = find('status', HTMLElement)
const litres = find('litres', HTMLElement)
const cost = find('cost', HTMLElement)
const keys = find('keys', HTMLElement)
const running = find('running', HTMLElement)
const power = find('power', HTMLInputElement)
const network = find('network', HTMLInputElement)
const lie = find('lie', HTMLSelectElement)

let bathNo = ''
let password = ''
let saidUntil = 0
let isBusy = false

function say({ zh, en }: Sentences, ms = SAID_MS) {
  saidUntil = performance.now() + ms
  write(status, { zh, en })
}

function write(element: HTMLElement, { zh, en }: Sentences) {
  const small = document.createElement('small')
  small.lang = 'en'
  small.textContent = en
  element.replaceChildren(zh, ' ', small)
}

function drawTyped() {
  const atPassword = bathNo.length === BATH_DIGITS
  write(
    prompt,
    atPassword
      ? { zh: '请输入用水密码', en: 'Water password' }
      : { zh: '请输入洗浴号', en: 'Bath number' },
  )
  // The password is never shown, only how much of it there is.
  typed.textContent = atPassword
    ? '●'.repeat(password.length).padEnd(PASSWORD_DIGITS, '○')
    : bathNo.padEnd(BATH_DIGITS, '–')
}

function clear() {
  bathNo = ''
  password = ''
  drawTyped()
}

async function press(digit: string) {
  if (isBusy) return
  if (bathNo.length < BATH_DIGITS) bathNo += digit
  else if (password.length < PASSWORD_DIGITS) password += digit
  drawTyped()
  if (password.length < PASSWORD_DIGITS) return
  isBusy = true
  const entry = [bathNo, password] as const
  clear()
  try {
    const said = tellOutcome(await showerApi.start(choice.value, ...entry))
    if (said) say(said)
  } catch {
    say({ zh: '连不上控制器', en: 'No connection to the controller' })
  }
  isBusy = false
  void look()
}

function removeOne() {
  if (password) password = password.slice(0, -1)
  else bathNo = bathNo.slice(0, -1)
  drawTyped()
}

function draw(view: StallView) {
  const runs = view.phase === 'running' || view.phase === 'ending'
  panel.classList.toggle('off', !view.power)
  panel.classList.toggle('flowing', view.isOpen)
  keys.hidden = runs || !view.power
  running.hidden = !runs
  litres.textContent = (view.totalMl / 1000).toFixed(1)
  cost.textContent = view.session ? yuan(view.session.amountFen) : yuan(0)
  const state = tellState(view) ?? tellEnd(view)
  if (performance.now() > saidUntil) {
    if (state) write(status, state)
    else status.replaceChildren()
  }
  power.checked = view.power
  network.checked = view.network
  if (document.activeElement !== lie) lie.value = view.lie
}

/** Switches on their way, and all there were: what was looked at before one of them is old. */
let setting = 0
let changes = 0

async function look() {
  const shower = choice.value
  const seen = changes
  const view = shower && (await showerApi.look(shower).catch(() => undefined))
  if (view && shower === choice.value && seen === changes && setting === 0) draw(view)
}

for (const digit of ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'back']) {
  const key = document.createElement('button')
  key.type = 'button'
  if (digit === 'clear') {
    key.append('清除')
    key.addEventListener('click', clear)
  } else if (digit === 'back') {
    key.append('⌫')
    key.ariaLabel = '删除一位 Delete'
    key.addEventListener('click', removeOne)
  } else {
    key.append(digit)
    key.addEventListener('click', () => void press(digit))
  }
  keys.append(key)
}
document.addEventListener('keydown', ({ key }) => {
  if (keys.hidden) return
  if (/^\d$/.test(key)) void press(key)
  if (key === 'Backspace') removeOne()
})

for (const button of ['open', 'shut', 'stop'] as const) {
  find(button, HTMLButtonElement).addEventListener('click', async () => {
    draw(await showerApi.press(choice.value, button))
  })
}
power.addEventListener('change', () => void set({ power: power.checked }))
network.addEventListener('change', () => void set({ network: network.checked }))
lie.addEventListener('change', () => void set({ lie: lie.value as StallView['lie'] }))

async function set(switches: Parameters<typeof showerApi.set>[1]) {
  saidUntil = 0
  setting++
  changes++
  try {
    draw(await showerApi.set(choice.value, switches))
  } finally {
    setting--
  }
}

choice.addEventListener('change', () => {
  clear()
  saidUntil = 0
  void look()
})

async function list() {
  const showers = await showerApi.list().catch(() => [])
  if (showers.length === 0) {
    say({ zh: '还没有淋浴间', en: 'No showers yet' })
    return void setTimeout(() => void list(), LOOK_MS * 4)
  }
  choice.replaceChildren(...showers.map(({ id, name }) => new Option(name, id)))
  void look()
}

clear()
setInterval(() => void look(), LOOK_MS)
void list()

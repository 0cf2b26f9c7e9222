// The page that staff look at while the till has no power (R24). Served by the core as it is compiled, so it
// imports nothing.

/** Between an answer and the next question: the staff and the payer stand before each other. */
const EVERY_MS = 1_200
/** After a core that has too much to do. */
const BUSY_MS = 5_000
const LATE_MS = 10_000
/** How long a payment stands out. */
const NEW_MS = 60_000
/** The school's, as on the payer's phone. */
const CLOCK = { hour12: false, timeZone: 'Asia/Shanghai' } as const

interface Shown {
  merchantName: string
  now: string
  payments: { tail: string; amountFen: number; maskedName: string; paidAt: string }[]
}

const token = location.hash.slice(1)
const state = find('state')
const list = find('list')
let offsetMs = 0
let isOver = false
let isAsking = false
let isBusy = false
let light: WakeLockSentinel | undefined

void watch()
setInterval(tick, 1_000)
document.addEventListener('visibilitychange', () => {
  void ask()
  stayLit()
})
stayLit()
// A link that is opened again in the same tab begins anew.
addEventListener('hashchange', () => location.reload())

async function watch(): Promise<void> {
  while (!isOver) {
    await ask()
    await new Promise((done) => setTimeout(done, isBusy ? BUSY_MS : EVERY_MS))
  }
}

/** One question at a time: of two, the older answer might come last and be shown. */
async function ask(): Promise<void> {
  if (isOver || isAsking || document.hidden) return
  isAsking = true
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), LATE_MS)
  try {
    const answer = await fetch('/incoming/payments', {
      headers: { authorization: `Bearer ${token}` },
      signal: late.signal,
    })
    isBusy = !answer.ok
    if (answer.status === 401) {
      isOver = true
      void light?.release()
      list.textContent = ''
      say('over')
    } else if (answer.ok) {
      show((await answer.json()) as Shown)
    } else {
      say('offline')
    }
  } catch {
    say('offline')
  } finally {
    clearTimeout(timer)
    isAsking = false
  }
}

/** The phone lies on the counter for a whole shift. Where there is no such lock it goes dark, as ever. */
function stayLit(): void {
  if (isOver || document.hidden) return
  navigator.wakeLock?.request('screen').then(
    (lock) => {
      light = lock
    },
    () => {},
  )
}

function show({ merchantName, now, payments }: Shown): void {
  offsetMs = Date.parse(now) - Date.now()
  find('merchant').textContent = merchantName
  say(payments.length === 0 ? 'empty' : undefined)
  const shown = new Map(Array.from(list.children, (line) => [line.id, line]))
  payments.forEach((payment, at) => {
    const id = `${payment.tail}-${payment.paidAt}`
    const line = shown.get(id) ?? draw(payment, id)
    shown.delete(id)
    line.className = Date.parse(now) - Date.parse(payment.paidAt) < NEW_MS ? 'new' : ''
    // Only what has come, so that a screen reader is told of new payments alone.
    if (list.children[at] !== line) list.insertBefore(line, list.children[at] ?? null)
  })
  for (const line of shown.values()) line.remove()
}

function draw({ tail, amountFen, maskedName, paidAt }: Shown['payments'][number], id: string) {
  const line = document.createElement('li')
  line.id = id
  const time = new Date(paidAt).toLocaleTimeString('zh-CN', CLOCK)
  line.append(
    part('amount', `¥${(amountFen / 100).toFixed(2)}`),
    part('tail', tail),
    part('who', `${maskedName} · ${time}`),
  )
  return line
}

function part(name: string, text: string): HTMLElement {
  const span = document.createElement('span')
  span.className = name
  span.textContent = text
  return span
}

function tick(): void {
  // That it moves says that the page lives.
  find('clock').textContent = isOver
    ? ''
    : new Date(Date.now() + offsetMs).toLocaleString('zh-CN', CLOCK)
}

function say(what: 'empty' | 'over' | 'offline' | undefined): void {
  const text = (what && state.dataset[what]) ?? ''
  // A screen reader is told of what is new, not of each look.
  if (state.textContent !== text) state.textContent = text
  state.className = what ?? ''
}

function find(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page lacks ${id}`)
  return element
}

export {}

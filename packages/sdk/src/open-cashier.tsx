import { render } from 'preact'
import { adoptStyle } from './adopt-style.ts'
import type { PayOutcome, PayRequest } from './ecode.ts'
import type { Engine } from './engine/engine.ts'
import { makeChunks } from './make-chunks.ts'
import type { ECodeOptions } from './options.ts'
import { App } from './screens/app.tsx'
import type { ScreenName } from './screens/options.ts'
import moreCss from './styles/more.css?inline'
import css from './styles/widget.css?inline'
import type { WidgetContext } from './widget-part.ts'

interface Opened {
  what: string
  outcome: Promise<PayOutcome>
  leave(): void
}

let opened: Opened | undefined

const WAYS = ['order', 'payment', 'collection'] as const

/**
 * Opens the cashier over the page (R23, R24, R38), whether or not the widget is mounted in it: a dialog with a
 * shadow root of its own, on the person's one engine. One at a time.
 */
export function openCashier(
  request: PayRequest,
  context: WidgetContext,
  engine: Engine,
  options: ECodeOptions,
): Promise<PayOutcome> {
  const given = Object(request) as Record<string, unknown>
  const [way, ...others] = WAYS.filter((name) => given[name] !== undefined)
  const id = way && given[way]
  if (!way || others.length || typeof id !== 'string' || !id) {
    const message = 'one of order, payment and collection must be a string'
    return Promise.reject({ code: 'OPTIONS_INVALID', message })
  }
  const what = `${way} ${id}`
  if (opened?.what === what) return opened.outcome
  const before = opened
  before?.leave()
  const closed = before?.outcome.catch(() => {}) ?? Promise.resolve()
  let leave = () => {}
  const outcome = closed.then(() =>
    show({ [way]: id } as PayRequest, context, engine, options, (how) => {
      leave = how
    }),
  )
  const mine: Opened = { what, outcome, leave: () => leave() }
  opened = mine
  const end = () => {
    if (opened === mine) opened = undefined
  }
  outcome.then(end, end)
  return outcome
}

async function show(
  request: PayRequest,
  context: WidgetContext,
  engine: Engine,
  options: ECodeOptions,
  onReady: (leave: () => void) => void,
): Promise<PayOutcome> {
  const { dialog, host } = openDialog()
  const { returned } = engine.model
  // Nothing else may have been mounted on this page.
  engine.connect()
  const root = host.attachShadow({ mode: 'open' })
  const box = document.createElement('div')
  box.style.height = '100%'
  /** From then on the cashier itself hears the wish to close it. */
  let isReady = false
  let stopSession = () => {}
  const close = () => {
    render(null, box)
    dialog.close?.()
    dialog.remove()
  }
  try {
    await adoptStyle(root, css, context.style('widget'), context.nonce)
    await adoptStyle(root, moreCss, context.style('more'), context.nonce)
    root.appendChild(box)
    const chunks = makeChunks(context, engine, root, async () => {})
    const { locale, theme, texts } = options
    render(
      <App
        // What the page was left for is the wallet's to finish, not the cashier's.
        model={{ ...engine.model, returned: false }}
        options={{
          // Not among the screens that a page may name: it is only ever opened so.
          screen: 'cashier' as ScreenName,
          ...(locale && { locale }),
          ...(theme && { theme }),
          ...(texts && { texts }),
        }}
        chunks={chunks}
      />,
      box,
    )
    const early = new Promise<PayOutcome>((resolve) => {
      const cancel = () => resolve({ status: 'cancelled', paymentId: null })
      onReady(cancel)
      dialog.addEventListener('cancel', () => {
        if (!isReady) cancel()
      })
    })
    const whole = (async () => {
      await chunks.more()
      await chunks.open('wallet')
      await chunks.open('ways')
      const ways = engine.model.ways.value
      if (!ways) throw new Error('signed out')
      // It is not in the person's way while the core is asked once more.
      const outcome = ways.openCashier(request, close, returned)
      isReady = true
      onReady(() => void ways.leaveCashier())
      // Nobody could close it any more: what is drawn then has lost its model.
      stopSession = engine.model.session.subscribe(() => {
        if (engine.model.session.value.kind === 'signed_out') void ways.leaveCashier()
      })
      return outcome
    })()
    return await Promise.race([whole, early])
  } finally {
    stopSession()
    close()
  }
}

/** @returns The dialog, and the element in it for the shadow root. */
function openDialog() {
  const dialog = document.createElement('dialog')
  const host = document.createElement('div')
  host.setAttribute('data-cashier', '')
  host.style.height = '100%'
  // By properties, which no policy forbids. An engine without dialogs draws a plain element there.
  Object.assign(dialog.style, {
    display: 'block',
    position: 'fixed',
    top: '0',
    left: '0',
    width: '100%',
    maxWidth: 'none',
    height: '100%',
    maxHeight: 'none',
    margin: '0',
    border: '0',
    padding: '0',
    overflow: 'hidden',
    background: 'rgba(13, 15, 19, 0.5)',
    zIndex: '2147483647',
  })
  // Whether it closes is the cashier's to say: money may be on its way.
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  dialog.appendChild(host)
  document.body.appendChild(dialog)
  dialog.showModal?.()
  return { dialog, host }
}

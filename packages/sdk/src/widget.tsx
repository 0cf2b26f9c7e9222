import type { BillEntry } from '@campus-ecode/protocol/bill'
import { render } from 'preact'
import { adoptStyle } from './adopt-style.ts'
import type { Trouble } from './engine/answer.ts'
import { shareEngine } from './engine/people.ts'
import { makeChunks } from './make-chunks.ts'
import type { ECodeOptions } from './options.ts'
import { App } from './screens/app.tsx'
import type { Chunks } from './screens/chunks.ts'
import { firstScreen, type ScreenName } from './screens/options.ts'
import css from './styles/widget.css?inline'
import type { Widget, WidgetContext } from './widget-part.ts'

interface Place {
  root: ShadowRoot
  box: Element
  chunks: Chunks
  /** Settles when what was drawn first is on the screen. */
  painted?: Promise<void>
}

/** Elements that hold a widget now. */
const taken = new WeakSet<Element>()

/** For developers; what people read is the screens' own. */
const messages: Partial<Record<string, string>> = {
  SESSION_PROVIDER_FAILED: 'session() threw, took too long, or did not return { token, expiresAt }',
  NETWORK_LOST: 'The BFF cannot be reached: no network, or a CSP or origin that does not allow it',
  ENGINE_UNSUPPORTED: 'No WebCrypto here: an insecure origin or a very old browser',
}

/** One widget of one person; its engine is shared with the person's other widgets on the page. */
export function createWidget(context: WidgetContext, firstOptions: ECodeOptions): Widget {
  let options = firstOptions
  let place: Place | undefined
  let shared: ReturnType<typeof attend> | undefined

  function attend() {
    const fetchLater = async () => (await context.part('more')).makeLater
    const { engine, release } = shareEngine(context.identity, options.session, fetchLater)
    const stopListening = engine.listen({
      onOutcome: tellOutcome,
      onGate: (news) => context.emit('access', news),
      onTrouble: tellTrouble,
    })
    const { session } = engine.model
    let told = ''
    const tellSession = () => {
      const state = session.value.kind
      if (state !== told) context.emit('session', { state })
      told = state
    }
    tellSession()
    const stopSession = session.subscribe(tellSession)
    return {
      engine,
      leave() {
        stopListening()
        stopSession()
        release()
      },
    }
  }

  function tellOutcome({ paymentId, amountFen, merchantName, channel, at, ...entry }: BillEntry) {
    const payment = { paymentId, amountFen, merchantName }
    if (entry.status === 'PAID') context.emit('paid', { ...payment, channel, at })
    if (entry.status === 'REFUSED' && entry.refusal) {
      context.emit('refused', { ...payment, code: entry.refusal.code })
    }
  }

  function tellTrouble({ code, retryable, requestId, sentences, cause }: Trouble) {
    const message = messages[code] ?? sentences?.en ?? code
    context.fail({ code, message, retryable, requestId, cause })
  }

  function draw() {
    if (!place || !shared) return
    const onScreen = (screen: ScreenName) => context.emit('screen', { screen })
    render(
      <App model={shared.engine.model} options={{ ...options, onScreen }} chunks={place.chunks} />,
      place.box,
    )
  }

  function unmount() {
    if (!place) return
    const { root, box } = place
    place = undefined
    render(null, box)
    taken.delete(root.host)
    // The element's own content shows again.
    root.textContent = ''
    root.appendChild(document.createElement('slot'))
  }

  return {
    async mount(target) {
      if (place?.root.host === target) return
      unmount()
      if (taken.has(target)) throw new Error('the element already holds a widget')
      const root = target.shadowRoot ?? target.attachShadow({ mode: 'open' })
      taken.add(target)
      root.textContent = ''
      if ('adoptedStyleSheets' in root) root.adoptedStyleSheets = []
      const box = document.createElement('div')
      box.style.height = '100%'
      shared ??= attend()
      const { engine } = shared
      const here: Place = {
        root,
        box,
        chunks: makeChunks(context, engine, root, () => here.painted),
      }
      place = here
      // Under way while the code is made; who draws it asks again.
      context.part('qr').catch(() => {})
      const ahead = firstScreen(options) === 'pay' ? engine.drawAhead() : undefined
      await adoptStyle(root, css, context.style('widget'), context.nonce)
      const letGo = await ahead
      if (place === here) {
        root.appendChild(box)
        draw()
        here.painted = new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
        // A code that this phone made is on the screen before anything else is begun.
        if (engine.model.pay.value.kind !== 'code') engine.connect()
        else here.painted.then(engine.connect)
      }
      letGo?.()
    },
    update(next) {
      options = next
      shared?.engine.use(next.session)
      draw()
    },
    unmount,
    destroy() {
      unmount()
      shared?.leave()
      shared = undefined
    },
    signOut() {
      shared ??= attend()
      return shared.engine.signOut()
    },
    async pay(request) {
      shared ??= attend()
      const { engine } = shared
      const { openCashier } = await context.part('more')
      return openCashier(request, context, engine, options)
    },
  }
}

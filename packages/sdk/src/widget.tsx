import type { BillEntry } from '@campus-ecode/protocol/bill'
import { render } from 'preact'
import { adoptStyle } from './adopt-style.ts'
import type { Trouble } from './engine/answer.ts'
import type { MakePart, OpenedParts } from './engine/engine.ts'
import { shareEngine } from './engine/people.ts'
import type { ECodeOptions } from './options.ts'
import { App } from './screens/app.tsx'
import type { Chunks } from './screens/chunks.ts'
import { firstScreen, type ScreenName } from './screens/options.ts'
import css from './styles/widget.css?inline'
import type { Parts, Widget, WidgetContext } from './widget-part.ts'

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

  function makeChunks(root: ShadowRoot): Chunks {
    const styled = new Set<string>()
    async function dress(part: 'more' | 'wallet' | 'access', css: string) {
      if (!styled.has(part)) await adoptStyle(root, css, context.style(part), context.nonce)
      styled.add(part)
    }
    async function open<K extends keyof OpenedParts>(part: K): Promise<Parts[K]['screens']> {
      const { screens, css, make } = await context.part(part)
      await dress(part, css)
      await shared?.engine.open(part, make as MakePart<K>)
      return screens
    }
    return {
      async more() {
        const { more, css } = await context.part('more')
        await dress('more', css)
        shared?.engine.complete()
        return more
      },
      wallet: () => open('wallet'),
      async access() {
        // It draws with what is in there.
        await context.part('qr')
        return open('access')
      },
      englishAccess: async () => (await context.part('englishAccess')).enAccess,
      englishWallet: async () => (await context.part('englishWallet')).enWallet,
      async qr() {
        const { drawQr } = await context.part('qr')
        // The bars are a code already; they do not wait for the QR to be worked out.
        await place?.painted
        return drawQr
      },
      english: async () => (await context.part('english')).en,
    }
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
      const here: Place = { root, box, chunks: makeChunks(root) }
      place = here
      shared ??= attend()
      const { engine } = shared
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
  }
}

import type { KeypadMessage } from '@campus-ecode/protocol/approvals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { KeypadState, WalletModel } from '../../wallet-model.ts'
import { Icon } from '../icon.tsx'
import { useChanges } from '../use-cell.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'

/** Of each wallet on the page, where it is drawn: a ticket opens one keypad, which is over the newest. */
const places = new WeakMap<WalletModel, object[]>()

/** Over whatever asked for it: the core's own page, in which the payment password is typed (R16). */
export function KeypadSheet() {
  const wallet = useWallet()
  const [here] = useState({})
  const [, redraw] = useState(false)
  useChanges([wallet.keypad])
  useEffect(() => {
    const all = places.get(wallet) ?? []
    places.set(wallet, [...all, here])
    redraw(true)
    return () => {
      const rest = places.get(wallet)?.filter((place) => place !== here)
      places.set(wallet, rest ?? [])
    }
  }, [wallet])
  const { value } = wallet.keypad
  const newest = places.get(wallet)?.slice(-1)[0]
  return value && newest === here ? <Sheet keypad={value} /> : null
}

function Sheet({ keypad }: { keypad: KeypadState }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const sheet = useRef<HTMLDivElement>(null)
  const { step, heightPx } = keypad
  const framed = step === 'opening' || step === 'open'

  // What lies beneath cannot be reached meanwhile; afterwards the focus is where it was.
  useLayoutEffect(() => {
    const element = sheet.current
    const column = element?.parentElement
    if (!element || !column) return
    const before = (element.getRootNode() as ShadowRoot).activeElement
    const beneath = [...column.children].filter(
      (child) => child !== element && !child.classList.contains('spoken'),
    )
    for (const child of beneath) child.setAttribute('inert', '')
    element.querySelector('h2')?.focus({ preventScroll: true })
    return () => {
      for (const child of beneath) child.removeAttribute('inert')
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])

  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') wallet.cancelKeypad()
    }
    document.addEventListener('keydown', close)
    return () => document.removeEventListener('keydown', close)
  }, [wallet])

  // Out of the browser's memory comes the page that had been left for the keypad, sheet and all.
  useEffect(() => {
    const show = ({ persisted }: PageTransitionEvent) => {
      if (persisted) void wallet.comeBackFromKeypad()
    }
    window.addEventListener('pageshow', show)
    return () => window.removeEventListener('pageshow', show)
  }, [wallet])

  // Taken off the page with the widget, it can no longer be answered.
  useEffect(() => () => wallet.cancelKeypad(), [wallet])

  useEffect(() => {
    if (step === 'blocked') say(t('keypadBlocked'))
    if (step === 'stuck') say(t('keypadStuck'))
  }, [step])

  return (
    <div class="sheet" ref={sheet}>
      <div class="sheet-veil" />
      <div class="sheet-card" role="dialog" aria-modal="true" aria-labelledby="keypad-title">
        <header class="sheet-top">
          <h2 id="keypad-title" tabIndex={-1}>
            {t('keypadTitle')}
          </h2>
          <button
            type="button"
            class="plain sheet-close"
            aria-label={t('keypadCancel')}
            onClick={() => wallet.cancelKeypad()}
          >
            <Icon d={walletIcons.cross} />
          </button>
        </header>
        {framed ? (
          <KeypadFrame key={keypad.approvalId} keypad={keypad} heightPx={heightPx} />
        ) : (
          <div class="sheet-text">
            {step === 'blocked' || step === 'asking' ? (
              <>
                <p class="sheet-title">{t('keypadBlocked')}</p>
                <p>{t('keypadBlockedText')}</p>
                <button
                  type="button"
                  class="button"
                  part="button"
                  disabled={step === 'asking'}
                  onClick={() => void wallet.leaveForKeypad()}
                >
                  {t(step === 'asking' ? 'keypadLeaving' : 'keypadLeave')}
                </button>
              </>
            ) : step === 'leaving' ? (
              <>
                <p class="sheet-title">{t('keypadLeaving')}</p>
                <TopForm keypad={keypad} />
              </>
            ) : (
              <>
                <p class="sheet-title">{t('keypadStuck')}</p>
                <p>{t('keypadStuckText')}</p>
              </>
            )}
            <button
              type="button"
              class="button quiet"
              part="button"
              onClick={() => wallet.cancelKeypad()}
            >
              {t('keypadCancel')}
            </button>
          </div>
        )}
      </div>
    </div>
  )
}

/** The page in a frame, opened by a form so that the ticket stands in no address. */
function KeypadFrame({ keypad, heightPx }: { keypad: KeypadState; heightPx: number | undefined }) {
  const { t } = useView()
  const wallet = useWallet()
  const frame = useRef<HTMLIFrameElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const name = `ecode-keypad-${keypad.approvalId}`
  useEffect(() => {
    const listen = ({ origin, source, data }: MessageEvent) => {
      if (!frame.current || source !== frame.current.contentWindow) return
      if (origin !== new URL(keypad.url).origin || data?.type !== 'ecode-keypad') return
      const message: KeypadMessage = data
      if (message.event === 'ready') frame.current.focus()
      wallet.hearKeypad(message)
    }
    window.addEventListener('message', listen)
    form.current?.submit()
    return () => window.removeEventListener('message', listen)
  }, [keypad.approvalId])
  return (
    <div
      class="keypad-box"
      aria-busy={keypad.step === 'opening'}
      style={heightPx ? { height: `${heightPx}px` } : {}}
    >
      {keypad.step === 'opening' && <p class="keypad-wait">{t('keypadWaiting')}</p>}
      <iframe
        ref={frame}
        name={name}
        class={keypad.step === 'open' ? 'keypad-frame' : 'keypad-frame arriving'}
        title={t('keypadFrame')}
      />
      <form ref={form} action={keypad.url} method="post" target={name} hidden>
        <KeypadFields keypad={keypad} />
      </form>
    </div>
  )
}

/** The same at top level, for pages that allow no frames. */
function TopForm({ keypad }: { keypad: KeypadState }) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.submit(), [keypad.approvalId])
  return (
    <form ref={form} action={keypad.url} method="post" target="_top" hidden>
      <KeypadFields keypad={keypad} />
    </form>
  )
}

/** The ticket, and how the widget looks, which may be otherwise than the phone. */
function KeypadFields({ keypad }: { keypad: KeypadState }) {
  const { locale } = useView()
  const scheme = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    if (scheme.current) scheme.current.value = scheme.current.closest('.dark') ? 'dark' : 'light'
  }, [])
  return (
    <>
      <input type="hidden" name="ticket" value={keypad.ticket} />
      <input type="hidden" name="lang" value={locale} />
      <input type="hidden" name="scheme" ref={scheme} />
    </>
  )
}

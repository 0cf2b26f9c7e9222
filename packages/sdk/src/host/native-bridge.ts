import { createExchange } from './envelope.ts'
import { type HostCap, hostCaps, type WholeBridge } from './host-bridge.ts'
import { findTransports, type Transport } from './native-transports.ts'

declare const __VERSION__: string

/** For what the host does by itself. */
const CALL_MS = 3_000
/** For what waits for the person. */
const SCAN_MS = 300_000

/**
 * Speaks the envelope to an app, over whichever of its ways answers the handshake first. Whoever only
 * looks like an app, or says what it did not read, is none.
 *
 * @param inAppleApp As `findTransports` takes it.
 */
export function createNativeBridge(inAppleApp: boolean): WholeBridge {
  const nonce = makeNonce()
  const exchange = createExchange(nonce.slice(0, 8))
  const known = new Set<HostCap>()
  let transport: Transport | undefined

  // Every app may answer and tell so, whatever it is called by.
  window.addEventListener('ecode-host', (event) => exchange.take((event as CustomEvent).detail))

  return {
    kind: 'native',
    ready(ms) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no app has answered')), ms)
        const shakeHands = async (candidate: Transport) => {
          if (transport) return
          const answer = await exchange.request(
            'hello',
            { nonce, sdk: __VERSION__ },
            ms,
            (request) => candidate.send(request, exchange.take),
          )
          const { nonce: echoed, caps } = Object(answer) as { nonce?: unknown; caps?: unknown }
          if (transport || echoed !== nonce || !Array.isArray(caps)) return
          clearTimeout(timer)
          transport = candidate
          for (const cap of hostCaps) if (caps.includes(cap)) known.add(cap)
          resolve()
        }
        findTransports((candidate) => void shakeHands(candidate).catch(() => {}), inAppleApp)
      })
    },
    async caps() {
      return known
    },
    async call(method, params = null, signal) {
      const chosen = transport
      if (!chosen || !known.has(method)) throw new Error(`this host cannot do ${method}`)
      return exchange.request(
        method,
        params,
        method === 'scan' ? SCAN_MS : CALL_MS,
        (request) => chosen.send(request, exchange.take),
        signal,
      )
    },
    on: exchange.on,
  }
}

function makeNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

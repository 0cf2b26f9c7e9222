import { within } from '../engine/within.ts'
import { candidateHere, isAppleApp } from './choose-candidate.ts'
import type {
  HostBridge,
  HostCap,
  HostEvent,
  HostKind,
  HostMethod,
  WholeBridge,
} from './host-bridge.ts'
import { createNativeBridge } from './native-bridge.ts'
import { hasTransport } from './native-transports.ts'
import { createWebBridge } from './web-bridge.ts'
import { createWechatBridge, type SignPage } from './wechat-bridge.ts'

/** The host that has answered, and what the browser can do by itself below it. */
export interface Host {
  kind: HostKind
  can(cap: HostCap): boolean
  /** Rejects with what stood in its way. */
  call(method: HostMethod, params?: unknown, signal?: AbortSignal): Promise<unknown>
  on(event: HostEvent, listener: (detail?: unknown) => void): () => void
}

/** An app answers at once or not at all. */
const APP_MS = 1_500
/** WeChat's script may have to be fetched. */
const WECHAT_MS = 8_000
/** For a page's own bridge. */
const CAPS_MS = 1_500
/** For what the host does by itself; what waits for the person, a scanner or a permission, has longer. */
const CALL_MS = 5_000
const PERSON_MS = 300_000

/**
 * Finds out which host this is, by asking those that it may be. Always settles: whoever does not answer, or
 * answers wrongly, is not there.
 *
 * @param given The page's own bridge; then no other is looked for.
 */
export async function openHost(given: HostBridge | undefined, signPage: SignPage): Promise<Host> {
  const web = createWebBridge()
  const bridges = [(given ? whole(given) : await findBridge(signPage)) ?? web, web]
  const layers: { bridge: WholeBridge; caps: ReadonlySet<HostCap> }[] = []
  for (const bridge of new Set(bridges)) {
    const caps = await within(CAPS_MS, bridge.caps()).catch(() => undefined)
    // What a host lets itself be asked may be wrong in any way.
    if (typeof caps?.has === 'function') layers.push({ bridge, caps })
  }
  const who = (cap: HostCap) => layers.find(({ caps }) => caps.has(cap))?.bridge
  return {
    kind: layers[0]?.bridge.kind ?? 'web',
    can: (cap) => who(cap) !== undefined,
    async call(method, params, signal) {
      const bridge = who(method)
      if (!bridge) throw new Error(`nobody here can do ${method}`)
      const ms = method === 'scan' || method === 'shake' ? PERSON_MS : CALL_MS
      return within(ms, bridge.call(method, params, signal))
    },
    on(event, listener) {
      const stops = layers.map(({ bridge }) => bridge.on(event, listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

async function findBridge(signPage: SignPage): Promise<WholeBridge | undefined> {
  const candidate = candidateHere()
  if (candidate === 'native' || hasTransport()) {
    const app = createNativeBridge(isAppleApp(navigator.userAgent))
    if (await answers(app, APP_MS)) return app
  }
  if (candidate !== 'wxoa' && candidate !== 'wxmp') return undefined
  const wechat = createWechatBridge(candidate, signPage)
  return (await answers(wechat, WECHAT_MS)) ? wechat : undefined
}

async function answers(bridge: WholeBridge, ms: number): Promise<boolean> {
  return within(ms, bridge.ready(ms)).then(
    () => true,
    () => false,
  )
}

/** A page's own bridge, with what it may leave out. */
function whole(given: HostBridge): WholeBridge {
  return {
    kind: given.kind ?? 'native',
    ready: async () => {},
    async caps() {
      await given.ready?.(CAPS_MS)
      return given.caps()
    },
    call: async (method, params, signal) => given.call(method, params, signal),
    on: (event, listener) => given.on?.(event, listener) ?? (() => {}),
  }
}
